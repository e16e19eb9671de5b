/* provider/s3_api against a scripted S3. */
#include "s3_rig.h"

static void test_objects(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("hello", 5, &sum);
    struct s3_owner owner = {"12", "3", "abcd"};
    fake_script(f->server, 200, "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    assert_int_equal(s3_api_put(f->api, "torrents/12/\xc3\xa9 +%'(1)&=?#.txt", &p, &owner, S3_REPLACE, NULL, &etag, &e),
                     0);
    assert_string_equal(etag.text, "5d41402abc4b2a76b9719d911017c592");
    expect(f, 0, "PUT", "/bkt/torrents/12/%C3%A9%20%2B%25%27%281%29%26%3D%3F%23.txt", "eu-test-1");
    struct fake_request *r = f->server->requests[0];
    assert_string_equal(header_of(r, "x-amz-meta-tc-job"), "12");
    assert_string_equal(header_of(r, "x-amz-meta-tc-file"), "3");
    assert_string_equal(header_of(r, "x-amz-meta-tc-sha256"), "abcd");
    assert_string_equal(header_of(r, "Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert_string_equal(header_of(r, "Content-Type"), "application/octet-stream");

    p = payload_of("", 0, &sum); /* a zero-byte file is a PutObject like any other */
    assert_int_equal(s3_api_put(f->api, "empty", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    expect(f, 1, "PUT", "/bkt/empty", "eu-test-1");
    assert_string_equal(header_of(f->server->requests[1], "Content-Length"), "0");

    fake_script(f->server, 200,
                "Content-Length: 5\r\nETag: \"e\"\r\nx-amz-meta-tc-job: 12\r\nX-Amz-Meta-Tc-Sha256: abcd\r\n", "");
    struct s3_object o;
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), 0);
    expect(f, 2, "HEAD", "/bkt/k", "eu-test-1");
    assert_int_equal(o.size, 5);
    assert_string_equal(o.etag.text, "e");
    assert_string_equal(o.owner.job, "12");
    assert_string_equal(o.owner.sha256, "abcd");
    assert_null(o.owner.file);

    fake_script(f->server, 404, "", "");
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(e.class, ERR_NOT_FOUND);
    assert_int_equal(s3_api_delete(f->api, "k", &e), 0); /* gone already */
    expect(f, 4, "DELETE", "/bkt/k", "eu-test-1");
    fake_script(f->server, 200, "", ""); /* some web server that says 200 to everything */
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), -1);
    assert_string_equal(e.code, "UnexpectedAnswer");
}

/* Sent where an object is made, and nowhere else: servers refuse a header that they do not know there. */
static void test_options(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("hello", 5, &sum);
    struct s3_owner owner = {"12", "3", "abcd"};
    const char *const names[] = {"x-amz-storage-class", "x-amz-server-side-encryption",
                                 "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-acl"};
    const char *const values[] = {"COLD", "aws:kms", "arn:aws:kms:eu-x:1:key/2", "public-read"};
    f->target.options = (struct s3_options){values[0], values[1], values[2], values[3]};
    fake_script(f->server, 200, "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    assert_int_equal(s3_api_put(f->api, "k", &p, &owner, S3_REPLACE, NULL, &etag, &e), 0);
    assert_true(etag.opaque); /* although the server does not say so again */
    fake_script(f->server, 200, "",
                XML "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>");
    assert_non_null(s3_api_create(f->api, f->arena, "k", &owner, &e));
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 4; k++)
            assert_string_equal(header_of(f->server->requests[i], names[k]), values[k]);
    fake_script(f->server, 200, "ETag: \"e\"\r\n", "");
    assert_int_equal(s3_api_upload_part(f->api, "k", "id", 1, &p, NULL, &etag, &e), 0);
    assert_int_equal(s3_api_delete(f->api, "k", &e), 0);
    for (int i = 2; i < 4; i++)
        for (int k = 0; k < 4; k++)
            assert_null(header_of(f->server->requests[i], names[k]));
    for (int i = 0; i < 4; i++)
        check_signature(f->server->requests[i], "eu-test-1");
}

/* libcurl repeats by itself what a kept connection did not answer. Of two uploads we would know one. */
static void test_an_upload_is_created_once(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct s3_owner owner = {"1", "2", "x"};
    struct s3_object o;
    fake_script(f->server, 404, "", "");
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1); /* leaves a connection open */
    fake_script(f->server, 200, "", "")->drop = true;
    assert_null(s3_api_create(f->api, f->arena, "k", &owner, &e));
    assert_int_equal(e.class, ERR_UNAVAILABLE);
    assert_int_equal(f->server->count, 2);
    fake_script(f->server, 404, "", "");
    assert_int_equal(s3_api_head(f->api, f->arena, "k", &o, &e), -1);
    assert_int_equal(f->server->requests[2]->connection, 1); /* the kept one */
}

static void test_multipart(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("part", 4, &sum);
    struct s3_owner owner = {"1", "2", "x"};
    fake_script(f->server, 200, "",
                XML
                "<InitiateMultipartUploadResult><UploadId>a/b+c&amp;d==</UploadId></InitiateMultipartUploadResult>");
    const char *id = s3_api_create(f->api, f->arena, "k", &owner, &e);
    assert_string_equal(id, "a/b+c&d==");
    expect(f, 0, "POST", "/bkt/k?uploads=", "eu-test-1");
    assert_string_equal(header_of(f->server->requests[0], "x-amz-meta-tc-job"), "1");

    fake_script(f->server, 200, "ETag: \"11\"\r\n", "");
    assert_int_equal(s3_api_upload_part(f->api, "k", id, 7, &p, NULL, &etag, &e), 0);
    assert_string_equal(etag.text, "11");
    expect(f, 1, "PUT", "/bkt/k?partNumber=7&uploadId=a%2Fb%2Bc%26d%3D%3D", "eu-test-1");

    fake_script(f->server, 200, "",
                " \n \n" XML
                "<CompleteMultipartUploadResult><ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>");
    struct s3_part parts[] = {{1, 5, "11"}, {2, 5, "2&<2"}};
    assert_int_equal(s3_api_complete(f->api, "k", id, parts, 2, S3_REPLACE, &etag, &e), 0);
    assert_string_equal(etag.text, "abc-2");
    expect(f, 2, "POST", "/bkt/k?uploadId=a%2Fb%2Bc%26d%3D%3D", "eu-test-1");
    assert_non_null(
        strstr(f->server->requests[2]->body,
               "<Part><PartNumber>2</PartNumber><ETag>\"2&amp;&lt;2\"</ETag></Part></CompleteMultipartUpload>"));

    fake_script(f->server, 200, "",
                XML "<Error><Code>InternalError</Code><Message>We failed.</Message></Error>"); /* trust no 200 */
    assert_int_equal(s3_api_complete(f->api, "k", id, parts, 2, S3_REPLACE, &etag, &e), -1);
    assert_int_equal(e.class, ERR_REMOTE);
    assert_string_equal(e.code, "InternalError");

    fake_script(f->server, 204, "", "");
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), 0);
    expect(f, 4, "DELETE", "/bkt/k?uploadId=a%2Fb%2Bc%26d%3D%3D", "eu-test-1");
    fake_script(f->server, 404, "", XML "<Error><Code>NoSuchUpload</Code></Error>");
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), 0);
    fake_script(f->server, 404, "", XML "<Error><Code>NoSuchBucket</Code></Error>");
    assert_int_equal(s3_api_abort(f->api, "k", id, &e), -1);
    assert_string_equal(e.code, "BucketNotFound");
}

static void test_lists_are_paged(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct s3_part *parts;
    struct s3_upload *uploads;
    int n;
    fake_script(f->server, 200, "",
                XML
                "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>2</NextPartNumberMarker>"
                "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag><Size>5</Size></Part>"
                "<Part><PartNumber>2</PartNumber><ETag>&quot;b&quot;</ETag><Size>6</Size></Part></ListPartsResult>");
    fake_script(f->server, 200, "",
                XML "<ListPartsResult><IsTruncated>false</IsTruncated>"
                    "<Part><PartNumber>9</PartNumber><ETag>\"c\"</ETag><Size>7</Size></Part></ListPartsResult>");
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_int_equal(parts[2].number, 9);
    assert_int_equal(parts[2].size, 7);
    assert_string_equal(parts[1].etag, "b");
    expect(f, 0, "GET", "/bkt/k?uploadId=id", "eu-test-1");
    expect(f, 1, "GET", "/bkt/k?part-number-marker=2&uploadId=id", "eu-test-1");

    fake_script(f->server, 200, "",
                XML "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker></"
                    "ListPartsResult>");
    /* a list that leads nowhere must end */
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), -1);
    assert_string_equal(e.code, "UnexpectedAnswer");
    fake_script(f->server, 200, "",
                XML "<ListPartsResult><Part><PartNumber>70000</PartNumber></Part></ListPartsResult>");
    assert_int_equal(s3_api_list_parts(f->api, f->arena, "k", "id", &parts, &n, &e), -1);

    fake_script(f->server, 200, "",
                XML "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k1</"
                    "NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>"
                    "<Upload><Key>torrents/1/a</Key><UploadId>u1</UploadId></Upload></ListMultipartUploadsResult>");
    fake_script(f->server, 200, "",
                XML "<ListMultipartUploadsResult><Upload><Key>torrents/1/b</Key><UploadId>u2</UploadId></Upload></"
                    "ListMultipartUploadsResult>");
    assert_int_equal(s3_api_list_uploads(f->api, f->arena, "torrents/1/", &uploads, &n, &e), 0);
    assert_int_equal(n, 2);
    assert_string_equal(uploads[1].key, "torrents/1/b");
    assert_string_equal(uploads[1].upload_id, "u2");
    expect(f, 5, "GET", "/bkt?key-marker=k1&prefix=torrents%2F1%2F&upload-id-marker=u1&uploads=", "eu-test-1");
}

static void test_the_first_object_of_a_range(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    const char *key = "?";
    fake_script(f->server, 200, "", XML "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>");
    assert_int_equal(s3_api_first(f->api, f->arena, "a b/", "a b/0", &key, &e), 0);
    assert_null(key);
    expect(f, 0, "GET", "/bkt?list-type=2&max-keys=1&prefix=a%20b%2F&start-after=a%20b%2F0", "eu-test-1");
    fake_script(f->server, 200, "",
                XML
                "<ListBucketResult><Prefix>a b/</Prefix><Contents><Key>a b/01 &amp; 2</Key><Size>1</Size></Contents>"
                "<Contents><Key>a b/9</Key></Contents></ListBucketResult>");
    assert_int_equal(s3_api_first(f->api, f->arena, "a b/", "a b/0", &key, &e), 0);
    assert_string_equal(key, "a b/01 & 2");
    /* An answer that is no list says nothing of what is there. */
    fake_script(f->server, 200, "", XML "<ListAllMyBucketsResult></ListAllMyBucketsResult>");
    assert_int_equal(s3_api_first(f->api, f->arena, "a b/", "a b/0", &key, &e), -1);
    assert_string_equal(e.code, "UnexpectedAnswer");
}

static void test_throttling_tells_when_to_come_back(void **state)
{
    struct s3_rig *f = *state;
    struct err e = ERR_INIT;
    struct digest_sum sum;
    struct s3_etag etag;
    struct s3_payload p = payload_of("0123456789", 10, &sum);
    fake_script(f->server, 503, "Retry-After: 7\r\n", XML "<Error><Code>SlowDown</Code></Error>");
    assert_int_equal(s3_api_upload_part(f->api, "k", "id", 5, &p, NULL, &etag, &e), -1);
    assert_int_equal(e.class, ERR_THROTTLED);
    assert_int_equal(e.retry_after_s, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        S3_TEST(test_objects),
        S3_TEST(test_options),
        S3_TEST(test_an_upload_is_created_once),
        S3_TEST(test_multipart),
        S3_TEST(test_lists_are_paged),
        S3_TEST(test_the_first_object_of_a_range),
        S3_TEST(test_throttling_tells_when_to_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
