/* .torrent files: what real makers write, and what hostile ones do. Run from the project's root. */
#include "base/encode.h"
#include "torrent/metainfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES "tests/fixtures/torrents/"
#define HASH20 "AAAAAAAAAAAAAAAAAAAA"

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct metainfo *parse(struct arena *a, const void *data, size_t n)
{
    struct err e = ERR_INIT;
    struct metainfo *mi = metainfo_parse(data, n, a, &e);
    if (!mi)
        fail_msg("refused: %s", e.msg);
    assert_non_null(mi);
    return mi;
}

/* refused(a, data, n, why): 422 InvalidTorrent with a sentence that contains `why`. */
static void refused(struct arena *a, const void *data, size_t n, const char *why)
{
    struct err e = ERR_INIT;
    assert_null(metainfo_parse(data, n, a, &e));
    assert_int_equal(e.class, ERR_INPUT);
    assert_string_equal(e.code, "InvalidTorrent");
    if (!strstr(e.msg, why))
        fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
}

static void refused_text(struct arena *a, const char *text, const char *why)
{
    refused(a, text, strlen(text), why);
}

static size_t load(const char *path, char *out, size_t max)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(out, 1, max, f);
    fclose(f);
    assert_in_range(n, 1, max - 1);
    return n;
}

static struct metainfo *parse_file(struct arena *a, const char *path)
{
    char data[8192];
    size_t n = load(path, data, sizeof data);
    return parse(a, data, n);
}

/* multi(a, files, pieces): a v1 torrent with the given bencoded file list. */
static char *multi(struct arena *a, const char *files, int pieces)
{
    char *hashes = arena_alloc(a, (size_t)pieces * 20 + 1);
    memset(hashes, 'A', (size_t)pieces * 20);
    return arena_printf(a, "d4:infod5:filesl%se4:name4:Root12:piece lengthi16384e6:pieces%d:%see", files, pieces * 20,
                        hashes);
}

static void check_pack(const struct metainfo *mi)
{
    static const struct {
        const char *path, *disk_path;
        int64_t size;
    } want[] = {{"a.bin", "Pack \xc3\xa9/a.bin", 70000},
                {"empty.dat", "Pack \xc3\xa9/empty.dat", 0},
                {"sub/b.txt", "Pack \xc3\xa9/sub/b.txt", 5},
                {"sub/deep/c.bin", "Pack \xc3\xa9/sub/deep/c.bin", 40000}};
    assert_string_equal(mi->name, "Pack \xc3\xa9");
    assert_true(mi->is_multi_file);
    assert_int_equal(mi->total_size, 110005);
    assert_int_equal(mi->piece_length, 32768);
    assert_int_equal(mi->file_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(mi->files[i].path, want[i].path);
        assert_string_equal(mi->files[i].disk_path, want[i].disk_path);
        assert_int_equal(mi->files[i].size, want[i].size);
        assert_true(mi->files[i].engine_index >= i);
    }
    assert_int_equal(mi->link_count, 1);
    assert_string_equal(mi->links[0].path, "link");
    assert_int_equal(mi->tracker_count, 2); /* wss is not spoken here */
    assert_string_equal(mi->trackers[0].url, "udp://tracker.example:80/announce");
    assert_string_equal(mi->trackers[1].url, "http://other.example/announce?passkey=abc");
    assert_int_equal(mi->trackers[1].tier, 1);
}

static void reads_hybrids_without_padding(void **state)
{
    struct metainfo *mi = parse_file(*state, FIXTURES "hybrid.torrent");
    check_pack(mi);
    assert_string_equal(mi->info_hash, "78A719E4FD36E1D3454BBCCF70BA813D9D0A56BF");
    assert_string_equal(mi->info_hash_v2, "3fff308dd03ff606322403120cba572f17a7c219bdc3ea108ae698e3de8a35b0");
    assert_false(mi->is_private);
    assert_int_equal(mi->files[2].engine_index, 4); /* behind a pad file and the link */
}

static void reads_v2_only(void **state)
{
    struct metainfo *mi = parse_file(*state, FIXTURES "v2.torrent");
    check_pack(mi);
    assert_string_equal(mi->info_hash, "");
    assert_int_equal(strlen(mi->info_hash_v2), 64);
}

static void reads_private_v1(void **state)
{
    struct metainfo *mi = parse_file(*state, FIXTURES "v1-private.torrent");
    check_pack(mi);
    assert_true(mi->is_private);
    assert_int_equal(strlen(mi->info_hash), 40);
    assert_string_equal(mi->info_hash_v2, "");
}

static void reads_a_single_file(void **state)
{
    const char *text = "d8:announce22:udp://t.example:1/anno4:infod6:lengthi5e4:name5:x.txt12:piece lengthi16384e"
                       "6:pieces20:" HASH20 "ee";
    struct metainfo *mi = parse(*state, text, strlen(text));
    assert_false(mi->is_multi_file);
    assert_int_equal(mi->file_count, 1);
    assert_string_equal(mi->files[0].path, "x.txt");
    assert_string_equal(mi->files[0].disk_path, "x.txt");
    assert_int_equal(mi->tracker_count, 1);
    /* One file in a folder is a multi-file torrent all the same. */
    const char *folder = multi(*state, "d6:lengthi5e4:pathl1:aee", 1);
    mi = parse(*state, folder, strlen(folder));
    assert_true(mi->is_multi_file);
    assert_string_equal(mi->files[0].path, "a");
    assert_string_equal(mi->files[0].disk_path, "Root/a");
}

static void every_cut_is_refused(void **state)
{
    char data[8192];
    size_t n = load(FIXTURES "hybrid.torrent", data, sizeof data);
    for (size_t cut = 0; cut < n; cut++) {
        struct err e = ERR_INIT;
        char *part = arena_strndup(*state, data, cut);
        assert_null(metainfo_parse(part, cut, *state, &e));
        assert_int_equal(e.class, ERR_INPUT);
        arena_reset(*state);
    }
}

static void says_what_is_missing(void **state)
{
    refused_text(*state, "", "does not begin");
    refused_text(*state, "<html>404</html>", "does not begin");
    refused_text(*state, "d4:spam4:eggse", "no info");
    refused_text(*state, "d4:info3:abce", "no info");
    refused_text(*state, "d4:infodee", "piece length");
    refused_text(*state, "d4:infod6:lengthi5e12:piece lengthi16384e6:pieces20:" HASH20 "ee", "name");
    refused_text(*state, "d4:infod4:name1:x12:piece lengthi16384e6:pieces20:" HASH20 "ee", "size of a file");
    refused_text(*state, "d4:infod6:lengthi5e4:name1:x12:piece lengthi16384eee", "piece hashes");
    refused_text(*state, "d4:infod6:lengthi50000e4:name1:x12:piece lengthi16384e6:pieces20:" HASH20 "ee",
                 "piece hashes");
    refused_text(*state, "d4:infod6:lengthi-5e4:name1:x12:piece lengthi16384e6:pieces20:" HASH20 "ee", "size");
    refused_text(*state, "d4:infod6:lengthi5e4:name1:x12:piece lengthi0e6:pieces20:" HASH20 "ee", "piece length");
    refused_text(*state, "d4:infod12:meta versioni9e6:lengthi5e4:name1:x12:piece lengthi16384e6:pieces20:" HASH20 "ee",
                 "");
    refused_text(*state, multi(*state, "", 1), "");
}

static void empty_content_is_refused(void **state)
{
    refused_text(*state, multi(*state, "d6:lengthi0e4:pathl1:aeed6:lengthi0e4:pathl1:bee", 0), "");
}

static void bombs_are_refused(void **state)
{
    enum { DEEP = 5000, MANY = 8 * 1024 * 1024 };
    struct buf b = BUF_INIT(MANY + 100);
    buf_adds(&b, "d4:info");
    for (int i = 0; i < DEEP; i++)
        buf_addc(&b, 'l');
    refused(*state, b.data, b.len, "nested");
    buf_clear(&b);
    buf_adds(&b, "d4:infol");
    while (b.len < MANY)
        buf_adds(&b, "0:");
    refused(*state, b.data, b.len, "too many entries");
    buf_free(&b);
    char *big = mem_alloc(BUF_MAX_TORRENT + 1);
    struct err e = ERR_INIT;
    assert_null(metainfo_parse(big, BUF_MAX_TORRENT + 1, *state, &e));
    assert_int_equal(e.class, ERR_TOO_LARGE);
    mem_free(big);
}

/* Whatever a torrent says, no path leaves its folder, no two files meet, every name is text. */
static void names_are_tamed(void **state)
{
    const char *files = "d6:lengthi1e4:pathl2:..2:..3:etc6:passwdee"
                        "d6:lengthi1e4:pathl4:/etc6:passwdee"
                        "d6:lengthi1e4:pathl5:a\\..bee"
                        "d6:lengthi1e4:pathl2:..ee"
                        "d6:lengthi1e4:pathl1:.ee"
                        "d6:lengthi1e4:pathl0:ee"
                        "d6:lengthi1e4:pathl3:x\xff\xfe"
                        "ee"
                        "d6:lengthi1e4:pathl6:tab\tnlee"
                        "d6:lengthi1e4:pathl4:sameee"
                        "d6:lengthi1e4:pathl4:sameee"
                        "d6:lengthi1e4:pathl4:same2:inee"
                        "d6:lengthi1e4:pathl7:a\xe2\x80\xae"
                        "txtee";
    const char *text = multi(*state, files, 1);
    struct metainfo *mi = parse(*state, text, strlen(text));
    assert_int_equal(mi->file_count, 12);
    for (size_t i = 0; i < mi->file_count; i++) {
        const char *p = mi->files[i].disk_path;
        assert_true(strncmp(p, "Root/", 5) == 0);
        assert_null(strstr(p, "/../"));
        assert_null(strstr(p, "//"));
        assert_null(strchr(p, '\\'));
        assert_string_not_equal(p + strlen(p) - 2, "..");
        assert_true(utf8_valid(p, strlen(p)));
        for (size_t k = 0; k < mi->file_count; k++)
            assert_true(k == i || strcmp(p, mi->files[k].disk_path) != 0);
    }
    assert_string_equal(mi->files[0].path, "etc/passwd");
}

static void a_nul_in_a_name_is_no_end(void **state)
{
    char text[] = "d4:infod6:lengthi5e4:name7:ab?cd.x12:piece lengthi16384e6:pieces20:" HASH20 "ee";
    *strchr(text, '?') = '\0';
    struct metainfo *mi = parse(*state, text, sizeof text - 1);
    assert_string_equal(mi->files[0].path, "abcd.x");
}

static void the_root_is_tamed_too(void **state)
{
    const char *text = "d4:infod5:filesld6:lengthi5e4:pathl1:aeee4:name13:../../etc/foo12:piece lengthi16384e"
                       "6:pieces20:" HASH20 "ee";
    struct metainfo *mi = parse(*state, text, strlen(text));
    assert_null(strchr(mi->name, '/'));
    assert_string_equal(mi->files[0].path, "a");
    text = "d4:infod5:filesld6:lengthi5e4:pathl1:aeee4:name2:..12:piece lengthi16384e6:pieces20:" HASH20 "ee";
    mi = parse(*state, text, strlen(text));
    assert_int_equal(strlen(mi->name), 40); /* nothing is left of it: the hash stands in */
}

static void links_do_not_lead_out(void **state)
{
    const char *files = "d4:attr1:l6:lengthi0e4:pathl4:leade12:symlink pathl2:..2:..3:etcee"
                        "d6:lengthi5e4:pathl1:aee";
    const char *text = multi(*state, files, 1);
    struct metainfo *mi = parse(*state, text, strlen(text));
    assert_int_equal(mi->file_count, 1);
    assert_int_equal(mi->link_count, 1);
    assert_null(strstr(mi->links[0].target, ".."));
}

static void trackers_are_bounded(void **state)
{
    struct buf b = BUF_INIT(BUF_MAX_TORRENT);
    buf_adds(&b, "d13:announce-listl");
    for (int i = 0; i < 2000; i++) {
        char url[64];
        int n = snprintf(url, sizeof url, "udp://t%d.example:1/a", i);
        buf_addf(&b, "l%d:%se", n, url);
    }
    buf_adds(&b, "l9:file:///ael20:http://a.example/ \r\nee4:infod6:lengthi5e4:name1:x12:piece lengthi16384e"
                 "6:pieces20:" HASH20 "ee");
    struct metainfo *mi = parse(*state, b.data, b.len);
    assert_int_equal(mi->tracker_count, METAINFO_MAX_TRACKERS);
    for (size_t i = 0; i < mi->tracker_count; i++)
        assert_true(strncmp(mi->trackers[i].url, "udp://t", 7) == 0);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_hybrids_without_padding),
        cmocka_unit_test(reads_v2_only),
        cmocka_unit_test(reads_private_v1),
        cmocka_unit_test(reads_a_single_file),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(empty_content_is_refused),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(names_are_tamed),
        cmocka_unit_test(a_nul_in_a_name_is_no_end),
        cmocka_unit_test(the_root_is_tamed_too),
        cmocka_unit_test(links_do_not_lead_out),
        cmocka_unit_test(trackers_are_bounded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
