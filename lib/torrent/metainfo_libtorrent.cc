#include "torrent/cxx.hh"

#include <libtorrent/bdecode.hpp>
#include <libtorrent/error_code.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>

namespace lt = libtorrent;

namespace
{

int invalid(struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "InvalidTorrent", "This is not a usable torrent file: %s.", what);
}

// libtorrent's words for its codes are made for programmers; these are for the person who dropped the file.
const char *sentence(const lt::error_code &ec)
{
    if (ec.category() == lt::bdecode_category()) {
        switch (ec.value()) {
        case lt::bdecode_errors::depth_exceeded:
            return "it is nested too deeply";
        case lt::bdecode_errors::limit_exceeded:
            return "it has too many entries";
        case lt::bdecode_errors::unexpected_eof:
            return "it ends too early; it may be cut off";
        default:
            return "its encoding is broken";
        }
    }
    if (ec.category() != lt::libtorrent_category())
        return "it cannot be parsed";
    switch (static_cast<lt::errors::error_code_enum>(ec.value())) {
    case lt::errors::torrent_info_no_dict:
    case lt::errors::torrent_missing_info:
        return "it has no info dictionary";
    case lt::errors::torrent_missing_piece_length:
        return "its piece length is missing or not allowed";
    case lt::errors::torrent_missing_name:
    case lt::errors::torrent_invalid_name:
        return "a name is missing or not text";
    case lt::errors::torrent_invalid_length:
    case lt::errors::torrent_file_parse_failed:
        return "the size of a file is missing or not possible";
    case lt::errors::torrent_missing_pieces:
    case lt::errors::torrent_invalid_hashes:
        return "its piece hashes are missing or do not fit the size";
    case lt::errors::too_many_pieces_in_torrent:
        return "it has too many pieces";
    case lt::errors::torrent_unknown_version:
        return "it is of a version that is not known";
    case lt::errors::torrent_missing_file_tree:
    case lt::errors::torrent_missing_meta_version:
    case lt::errors::torrent_missing_pieces_root:
    case lt::errors::torrent_missing_piece_layer:
    case lt::errors::torrent_invalid_piece_layer:
        return "its v2 part is incomplete";
    case lt::errors::torrent_inconsistent_files:
    case lt::errors::torrent_inconsistent_hashes:
        return "its v1 and v2 parts disagree";
    case lt::errors::torrent_invalid_pad_file:
        return "its padding is not possible";
    case lt::errors::no_files_in_torrent:
        return "it lists no files";
    default:
        return "it cannot be parsed";
    }
}

// The last look at a path that libtorrent has already sanitised: what fails here would be a hole there.
bool is_safe(const std::string &path)
{
    if (path.empty() || path.size() > METAINFO_MAX_PATH || !utf8_valid(path.data(), path.size()))
        return false;
    std::size_t from = 0;
    for (;;) {
        const std::size_t to = std::min(path.find('/', from), path.size());
        const std::string segment = path.substr(from, to - from);
        if (segment.empty() || segment == "." || segment == ".." || segment.size() > 255)
            return false;
        if (std::any_of(segment.begin(), segment.end(), [](unsigned char c) { return c < 32 || c == '\\'; }))
            return false;
        if (to == path.size())
            return true;
        from = to + 1;
    }
}

// No two files at one place, no file where another needs a folder.
bool is_collision_free(const lt::file_storage &fs)
{
    std::unordered_set<std::string> files, folders;
    for (const auto i : fs.file_range()) {
        if (fs.pad_file_at(i))
            continue;
        const std::string path = fs.file_path(i);
        if (!files.insert(path).second)
            return false;
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            folders.insert(path.substr(0, slash));
    }
    return std::none_of(files.begin(), files.end(), [&](const std::string &path) { return folders.count(path) != 0; });
}

// A multi-file torrent has all its files below one folder that is named like the torrent.
bool has_root(const lt::torrent_info &ti)
{
    const auto &fs = ti.files();
    return fs.num_files() != 1 || fs.file_path(lt::file_index_t{0}).find('/') != std::string::npos;
}

int judge(const lt::torrent_info &ti, struct err *e)
{
    const auto &fs = ti.files();
    if (fs.num_files() <= 0)
        return invalid(e, "it lists no files");
    if (fs.num_files() > METAINFO_MAX_FILES)
        return invalid(e, "it lists too many files");
    const bool rooted = has_root(ti);
    const std::string root = ti.name() + "/";
    if (!is_safe(ti.name()) || ti.name().find('/') != std::string::npos)
        return invalid(e, "its name is not usable as a file name");
    std::int64_t total = 0;
    for (const auto i : fs.file_range()) {
        if (fs.pad_file_at(i))
            continue;
        const std::string path = fs.file_path(i);
        if (!is_safe(path) || (rooted && path.compare(0, root.size(), root) != 0))
            return invalid(e, "the name of a file is not usable");
        if (tc::is_visible(fs, i))
            total += fs.file_size(i);
    }
    if (total <= 0)
        return invalid(e, "its files are all empty");
    if (!is_collision_free(fs))
        return invalid(e, "two of its files have the same name");
    return 0;
}

char *copy(struct arena *arena, const std::string &s)
{
    return arena_strndup(arena, s.data(), s.size());
}

void copy_files(const lt::torrent_info &ti, struct arena *arena, struct metainfo *mi)
{
    const auto &fs = ti.files();
    const auto count = static_cast<std::size_t>(fs.num_files());
    const std::size_t skip = mi->is_multi_file ? ti.name().size() + 1 : 0;
    mi->files = ARENA_ARRAY(arena, count, struct metainfo_file);
    mi->links = ARENA_ARRAY(arena, count, struct metainfo_link);
    for (const auto i : fs.file_range()) {
        if (fs.pad_file_at(i))
            continue;
        const std::string path = fs.file_path(i);
        if (!tc::is_visible(fs, i)) {
            mi->links[mi->link_count++] = {copy(arena, path.substr(skip)), copy(arena, fs.symlink(i))};
            continue;
        }
        struct metainfo_file *file = &mi->files[mi->file_count++];
        file->disk_path = copy(arena, path);
        file->path = file->disk_path + skip;
        file->size = fs.file_size(i);
        file->offset = fs.file_offset(i);
        file->engine_index = static_cast<std::uint32_t>(static_cast<int>(i));
        mi->total_size += file->size;
    }
}

bool is_tracker(const std::string &url)
{
    if (url.size() > 2048 || !utf8_valid(url.data(), url.size()))
        return false;
    if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= 32 || c == 127; }))
        return false;
    const char *schemes[] = {"udp://", "http://", "https://"};
    return std::any_of(std::begin(schemes), std::end(schemes),
                       [&](const char *s) { return strncasecmp(url.c_str(), s, std::strlen(s)) == 0; });
}

// Only trackers and web seeds that we can speak to, and not more than a sane torrent has: a hostile one must not make
// us a source of traffic.
void trim_sources(lt::torrent_info &ti)
{
    const auto all = ti.trackers();
    ti.clear_trackers();
    std::unordered_set<std::string> seen;
    for (const auto &entry : all) {
        if (seen.size() == METAINFO_MAX_TRACKERS)
            break;
        if (is_tracker(entry.url) && seen.insert(entry.url).second)
            ti.add_tracker(entry.url, entry.tier, lt::announce_entry::source_torrent);
    }
    auto seeds = ti.web_seeds();
    if (seeds.size() > METAINFO_MAX_WEB_SEEDS) {
        seeds.erase(seeds.begin() + METAINFO_MAX_WEB_SEEDS, seeds.end());
        ti.set_web_seeds(std::move(seeds));
    }
}

void copy_trackers(const lt::torrent_info &ti, struct arena *arena, struct metainfo *mi)
{
    mi->trackers = ARENA_ARRAY(arena, ti.trackers().size() + 1, struct metainfo_tracker);
    for (const auto &entry : ti.trackers())
        mi->trackers[mi->tracker_count++] = {copy(arena, entry.url), entry.tier};
}

} // namespace

namespace tc
{

int err_from_exception(struct err *e, const char *what) noexcept
{
    try {
        throw;
    } catch (const std::exception &x) {
        return err_set(e, ERR_BUG, "EngineError", "%s: %s", what, x.what());
    } catch (...) {
        return err_set(e, ERR_BUG, "EngineError", "%s: unknown exception", what);
    }
}

bool is_visible(const lt::file_storage &fs, lt::file_index_t i)
{
    return !fs.pad_file_at(i) && !(fs.file_flags(i) & lt::file_storage::flag_symlink);
}

std::shared_ptr<lt::torrent_info> load_torrent(const void *data, std::size_t len, struct err *e)
{
    if (len > BUF_MAX_TORRENT) {
        err_set(e, ERR_TOO_LARGE, "PayloadTooLarge", "A torrent file may have at most %d MiB.",
                BUF_MAX_TORRENT / (1024 * 1024));
        return nullptr;
    }
    const lt::span<const char> bytes{static_cast<const char *>(data), static_cast<std::ptrdiff_t>(len)};
    lt::error_code ec;
    if (len == 0 || bytes[0] != 'd') {
        invalid(e, "it does not begin as one");
        return nullptr;
    }
    const lt::bdecode_node node = lt::bdecode(bytes, ec, nullptr, METAINFO_MAX_DEPTH, METAINFO_MAX_TOKENS);
    if (ec) {
        invalid(e, sentence(ec));
        return nullptr;
    }
    if (node.type() != lt::bdecode_node::dict_t || !node.dict_find_dict("info")) {
        invalid(e, "it has no info dictionary");
        return nullptr;
    }
    lt::load_torrent_limits limits;
    limits.max_pieces = METAINFO_MAX_PIECES;
    std::shared_ptr<lt::torrent_info> ti;
    try {
        ti = std::make_shared<lt::torrent_info>(node, limits);
    } catch (const lt::system_error &x) {
        invalid(e, sentence(x.code()));
        return nullptr;
    }
    if (judge(*ti, e) != 0)
        return nullptr;
    trim_sources(*ti);
    return ti;
}

} // namespace tc

struct metainfo *metainfo_parse(const void *data, size_t len, struct arena *arena, struct err *e)
{
    try {
        const auto ti = tc::load_torrent(data, len, e);
        if (!ti)
            return nullptr;
        auto *mi = ARENA_NEW(arena, struct metainfo);
        const auto hashes = ti->info_hashes();
        if (hashes.has_v1())
            encode_hex_upper(hashes.v1.data(), 20, mi->info_hash);
        if (hashes.has_v2())
            encode_hex(hashes.v2.data(), 32, mi->info_hash_v2);
        mi->name = copy(arena, ti->name());
        mi->piece_length = ti->piece_length();
        mi->piece_count = ti->num_pieces();
        mi->is_private = ti->priv();
        mi->is_multi_file = has_root(*ti);
        copy_files(*ti, arena, mi);
        copy_trackers(*ti, arena, mi);
        return mi;
    } catch (...) {
        tc::err_from_exception(e, "reading the torrent file");
        return nullptr;
    }
}
