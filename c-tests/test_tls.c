/* FTPS: settings, refusals, and what must not go in clear. Sessions that succeed are in examples/c/ftps.c. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgIUJedF1TUrb86b7mTru4k1ewvnFNEwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGTm9ib2R5MCAXDTI2MTEyNDExNDU1NVoYDzIxMjYxMDMxMTE0\n"
    "NTU1WjARMQ8wDQYDVQQDDAZOb2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AATc4xrNUunP60nTJB/iaZU/fH+s5nuj0XFevD+MYBMPot7eUrQh68GMr6w4JQTt\n"
    "p7KBr1xMkcLcNcLUqTiei2tpo1MwUTAdBgNVHQ4EFgQUDI5em1LHlBqL1Eh6HoE4\n"
    "atJKYOEwHwYDVR0jBBgwFoAUDI5em1LHlBqL1Eh6HoE4atJKYOEwDwYDVR0TAQH/\n"
    "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAZ98FUlOZckJPekV0OUIsDTWp2lnWS\n"
    "+D1hRJDbPJf9lwIhAPiEizEUqtopWUoUBUYbyvuqINCE380VdVIvKUoy3dz5\n"
    "-----END CERTIFICATE-----\n";
static const char key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgma4j0g7Q5qrWtLAG\n"
    "XHjyqB6DDWQIuEz5fgrPYS8wkvehRANCAATc4xrNUunP60nTJB/iaZU/fH+s5nuj\n"
    "0XFevD+MYBMPot7eUrQh68GMr6w4JQTtp7KBr1xMkcLcNcLUqTiei2tp\n"
    "-----END PRIVATE KEY-----\n";

/* A file with this text, to be removed by the caller. */
static void write_file(const char *path, const char *text, const char *more)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fputs(more, file) >= 0 && fclose(file) == 0);
}

/* --- arguments --- */

static void a_null_handle_is_an_invalid_argument(void)
{
    struct ftp_tls_info details = { .struct_size = sizeof details };
    CHECK_INT(ftp_set_tls(NULL, FTP_TLS_OFF), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_verify(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_common_name(NULL, 1), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_resume(NULL, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_is_tls(NULL), 0);
    CHECK_INT(ftp_set_tls_ca(NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_ca_pem(NULL, NULL, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_client_cert(NULL, NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_versions(NULL, 0, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_ciphers(NULL, NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_pin(NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_server_name(NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_keylog(NULL, NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_set_tls_end(NULL, 0), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_auth(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_prot_p(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_prot_c(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_ccc(NULL), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_tls_get_info(NULL, &details), FTP_ERR_INVALID_ARGUMENT);
    CHECK_INT(ftp_open(NULL, "ftp://127.0.0.1/"), FTP_ERR_INVALID_ARGUMENT);
}

static void without_a_connection_there_is_nothing_to_secure(void)
{
    struct ftp_tls_info details = { .struct_size = sizeof details };
    ftp_handle *ftp = new_client();
    CHECK_INT(ftp_is_tls(ftp), 0);
    CHECK_FAILS(ftp, ftp_auth(ftp), FTP_ERR_STATE, "not connected");
    CHECK_FAILS(ftp, ftp_prot_p(ftp), FTP_ERR_STATE, "not connected");
    CHECK_FAILS(ftp, ftp_prot_c(ftp), FTP_ERR_STATE, "not connected");
    CHECK_FAILS(ftp, ftp_ccc(ftp), FTP_ERR_STATE, "not connected");
    CHECK_FAILS(ftp, ftp_tls_get_info(ftp, &details), FTP_ERR_STATE, "not connected");
    ftp_free(ftp);
}

static void a_build_without_tls_says_so(void)
{
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_set_tls(ftp, FTP_TLS_EXPLICIT), FTP_ERR_UNSUPPORTED, "has no TLS");
    CHECK_FAILS(ftp, ftp_set_tls_verify(ftp, 0), FTP_ERR_UNSUPPORTED, "has no TLS");
    CHECK_FAILS(ftp, ftp_open(ftp, "ftps://127.0.0.1/"), FTP_ERR_UNSUPPORTED, "has no TLS");
    CHECK_OK(ftp, ftp_set_tls(ftp, FTP_TLS_OFF));
    ftp_free(ftp);
}

static void settings_that_cannot_be_used_are_refused(void)
{
    static const char *const names[] = { "", "a b", ".", ".x.test", "x..test", "*", "*.x.test", "x.test:21", "[::1]", "\xff" };
    static const char *const pins[] = { "", "x", "sha256//", "sha256//AAAA", ";" };
    ftp_handle *ftp = new_client();
    CHECK_FAILS(ftp, ftp_set_tls(ftp, 3), FTP_ERR_INVALID_ARGUMENT, "mode");
    CHECK_FAILS(ftp, ftp_set_tls(ftp, -1), FTP_ERR_INVALID_ARGUMENT, "mode");
    CHECK_FAILS(ftp, ftp_set_tls_versions(ftp, 0x0300, 0), FTP_ERR_INVALID_ARGUMENT, "version");
    CHECK_FAILS(ftp, ftp_set_tls_versions(ftp, 0, 0x0305), FTP_ERR_INVALID_ARGUMENT, "version");
    CHECK_FAILS(ftp, ftp_set_tls_versions(ftp, FTP_TLS_1_3, FTP_TLS_1_2), FTP_ERR_INVALID_ARGUMENT, "above");
    /* Old versions are allowed by their names alone. */
    CHECK_FAILS(ftp, ftp_set_tls_versions(ftp, 0, FTP_TLS_1_1), FTP_ERR_INVALID_ARGUMENT, "above");
    CHECK_FAILS(ftp, ftp_set_tls_ciphers(ftp, "no-such-cipher", NULL), FTP_ERR_INVALID_ARGUMENT, "list of ciphers");
    CHECK_FAILS(ftp, ftp_set_tls_ciphers(ftp, "HIGH:!no-such-cipher", NULL), FTP_ERR_INVALID_ARGUMENT, "\"no-such-cipher\"");
    for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
        CHECK_FAILS(ftp, ftp_set_tls_pin(ftp, pins[i]), FTP_ERR_INVALID_ARGUMENT, "pin");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK_FAILS(ftp, ftp_set_tls_server_name(ftp, names[i]), FTP_ERR_INVALID_ARGUMENT, "no certificate can be for");
    CHECK_FAILS(ftp, ftp_set_tls_ca_pem(ftp, "no PEM", 6), FTP_ERR_INVALID_ARGUMENT, "authorities");
    CHECK_FAILS(ftp, ftp_set_tls_ca_pem(ftp, "no PEM", SIZE_MAX), FTP_ERR_INVALID_ARGUMENT, "16 MiB");
    CHECK_FAILS(ftp, ftp_set_tls_ca(ftp, "/dev/zero"), FTP_ERR_FILE, "/dev/zero");
    CHECK_FAILS(ftp, ftp_set_tls_ca(ftp, "two\nlines"), FTP_ERR_FILE, "two?lines");
    CHECK_FAILS(ftp, ftp_set_tls_ca(ftp, "no-such-file.pem"), FTP_ERR_FILE, "no-such-file.pem");
    CHECK_INT(ftp_last_os_error(ftp), ENOENT);
    CHECK_FAILS(ftp, ftp_set_tls_client_cert(ftp, "no-such-file.pem", NULL, NULL), FTP_ERR_FILE, "no-such-file.pem");
    CHECK_FAILS(ftp, ftp_set_tls_keylog(ftp, "/no/such/directory/keys"), FTP_ERR_FILE, "/no/such/directory/keys");
    ftp_free(ftp);
}

static void settings_that_can_be_used_are_taken(void)
{
    static const char pin[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    char folder[] = "/tmp/ftpclient-tls-XXXXXX", ca[64], both[64], keys[64];
    ftp_handle *ftp = new_client();
    CHECK(mkdtemp(folder) != NULL);
    snprintf(ca, sizeof ca, "%s/ca.pem", folder);
    snprintf(both, sizeof both, "%s/both.pem", folder);
    snprintf(keys, sizeof keys, "%s/keys", folder);
    write_file(ca, certificate, "");
    write_file(both, certificate, key);
    CHECK_OK(ftp, ftp_set_tls_verify(ftp, 0));
    CHECK_OK(ftp, ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_NONE));
    CHECK_OK(ftp, ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_AUTHORITY));
    CHECK_OK(ftp, ftp_set_tls_verify(ftp, FTP_TLS_VERIFY_FULL));
    CHECK_OK(ftp, ftp_set_tls_verify(ftp, 1));
    CHECK_OK(ftp, ftp_set_tls_common_name(ftp, 1));
    CHECK_OK(ftp, ftp_set_tls_common_name(ftp, 0));
    CHECK_OK(ftp, ftp_set_tls_resume(ftp, 0));
    CHECK_OK(ftp, ftp_set_tls_resume(ftp, 1));
    CHECK_OK(ftp, ftp_set_tls_ca(ftp, ca));
    CHECK_OK(ftp, ftp_set_tls_ca(ftp, folder));
    CHECK_OK(ftp, ftp_set_tls_ca_pem(ftp, certificate, strlen(certificate)));
    CHECK_OK(ftp, ftp_set_tls_ca_pem(ftp, NULL, 0));
    CHECK_OK(ftp, ftp_set_tls_client_cert(ftp, both, NULL, NULL));
    CHECK_FAILS(ftp, ftp_set_tls_client_cert(ftp, ca, NULL, "pass"), FTP_ERR_INVALID_ARGUMENT, "no private key in");
    CHECK(strstr(ftp_last_error(ftp), ca) != NULL);
    CHECK_LACKS(ftp_last_error(ftp), "pass");
    CHECK_OK(ftp, ftp_set_tls_client_cert(ftp, ca, both, NULL));
    CHECK_OK(ftp, ftp_set_tls_client_cert(ftp, NULL, NULL, NULL));
    CHECK_OK(ftp, ftp_set_tls_versions(ftp, FTP_TLS_1_2, FTP_TLS_1_3));
    CHECK_OK(ftp, ftp_set_tls_versions(ftp, FTP_TLS_1_0, 0));
    CHECK_OK(ftp, ftp_set_tls_versions(ftp, FTP_TLS_1_0, FTP_TLS_1_1));
    CHECK_OK(ftp, ftp_set_tls_versions(ftp, FTP_TLS_1_1, FTP_TLS_1_1));
    CHECK_OK(ftp, ftp_set_tls_versions(ftp, 0, 0));
    CHECK_OK(ftp, ftp_set_tls_ciphers(ftp, "ECDHE+AESGCM", NULL));
    CHECK_OK(ftp, ftp_set_tls_ciphers(ftp, NULL, NULL));
    CHECK_OK(ftp, ftp_set_tls_pin(ftp, pin));
    CHECK_OK(ftp, ftp_set_tls_pin(ftp, NULL));
    CHECK_OK(ftp, ftp_set_tls_server_name(ftp, "ftp.example.org"));
    CHECK_OK(ftp, ftp_set_tls_server_name(ftp, "::1"));
    CHECK_OK(ftp, ftp_set_tls_server_name(ftp, NULL));
    CHECK_OK(ftp, ftp_set_tls_keylog(ftp, keys));
    CHECK_OK(ftp, ftp_set_tls_keylog(ftp, NULL));
    CHECK_OK(ftp, ftp_set_tls_end(ftp, FTP_TLS_END_STRICT));
    CHECK_OK(ftp, ftp_set_tls_end(ftp, FTP_TLS_END_TRUSTED));
    CHECK_OK(ftp, ftp_set_tls_end(ftp, FTP_TLS_END_CHECKED));
    CHECK_FAILS(ftp, ftp_set_tls_end(ftp, 3), FTP_ERR_INVALID_ARGUMENT, "FTP_TLS_END_");
    CHECK_OK(ftp, ftp_set_tls(ftp, FTP_TLS_IMPLICIT));
    CHECK_OK(ftp, ftp_set_tls(ftp, FTP_TLS_EXPLICIT));
    ftp_free(ftp);
    CHECK_INT(remove(ca) | remove(both) | remove(keys) | remove(folder), 0);
}

/* --- sessions in clear --- */

static void is_in_clear(struct session *s)
{
    says(s, "220 ready");
    answers(s, "PROT C", "200 as it was");
    says_goodbye(s);
}

static void a_session_in_clear_has_little_to_tell(void)
{
    struct longer {
        struct ftp_tls_info details;
        int64_t of_a_later_version;
    } longer = { .details.struct_size = sizeof longer, .of_a_later_version = 7 };
    struct ftp_tls_info details = { .struct_size = sizeof details, .version = 7, .subject = "untouched" };
    struct server *server = serve(is_in_clear, NULL);
    ftp_handle *ftp = client_of(server);
    CHECK_INT(ftp_is_tls(ftp), 0);
    CHECK_FAILS(ftp, ftp_prot_p(ftp), FTP_ERR_STATE, "secured");
    CHECK_FAILS(ftp, ftp_ccc(ftp), FTP_ERR_STATE, "in clear already");
    CHECK_OK(ftp, ftp_prot_c(ftp));
    CHECK_OK(ftp, ftp_tls_get_info(ftp, &details));
    CHECK_INT(details.version, 0);
    CHECK_INT(details.data_version, 0);
    CHECK_INT(details.data_resumed, -1);
    CHECK_INT(details.data_connections, 0);
    CHECK_TEXT(details.cipher, NULL);
    CHECK_TEXT(details.subject, NULL);
    CHECK_TEXT(details.certificate, NULL);
    CHECK_OK(ftp, ftp_tls_get_info(ftp, &longer.details));
    CHECK_INT(longer.of_a_later_version, 0);
    details.struct_size = 0;
    CHECK_FAILS(ftp, ftp_tls_get_info(ftp, &details), FTP_ERR_INVALID_ARGUMENT, "struct_size");
    details.struct_size = SIZE_MAX;
    CHECK_FAILS(ftp, ftp_tls_get_info(ftp, &details), FTP_ERR_INVALID_ARGUMENT, "struct_size");
    details.struct_size = 65536;
    CHECK_FAILS(ftp, ftp_tls_get_info(ftp, &details), FTP_ERR_INVALID_ARGUMENT, "struct_size");
    CHECK_FAILS(ftp, ftp_tls_get_info(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    /* A program of a time when the struct was shorter. */
    details.struct_size = offsetof(struct ftp_tls_info, cipher);
    details.subject = "untouched";
    CHECK_OK(ftp, ftp_tls_get_info(ftp, &details));
    CHECK_TEXT(details.subject, "untouched");
    part(ftp, server);
}

/* --- URLs --- */

static void is_opened(struct session *s)
{
    says(s, "220 ready");
    answers(s, "USER ann@home", "331 password");
    answers(s, "PASS se:cret", "230 in");
    answers(s, "CWD pub", "250 ok");
    answers(s, "CWD a b", "250 ok");
    answers(s, "PWD", "257 \"/home/pub/a b\"");
    answers(s, "TYPE A", "200 ok");
    says_goodbye(s);
}

static void a_url_is_a_session(void)
{
    char url[128];
    struct server *server = serve(is_opened, NULL);
    ftp_handle *ftp = new_client();
    snprintf(url, sizeof url, "ftp://ann%%40home:se%%3Acret@127.0.0.1:%d/pub/a%%20b/;type=a", server_port(server));
    CHECK_OK(ftp, ftp_open(ftp, url));
    CHECK_TEXT(ftp_getwelcome(ftp), "220 ready");
    part(ftp, server);
}

static void is_opened_for_a_file(struct session *s)
{
    lets_in(s);
    answers(s, "CWD pub", "250 ok");
    answers(s, "CWD a b", "250 ok");
    answers(s, "PWD", "257 \"/home/pub/a b\"");
    answers(s, "TYPE I", "200 ok");
    answers(s, "SIZE caf\xe9?#.txt", "213 7");
    says_goodbye(s);
}

static void the_url_of_a_file_tells_directory_and_name(void)
{
    static const char *const directories[] = { "", "/", "/pub/", "/pub;type=d", "/%2F", "/pub/.." };
    char url[128];
    const char *name = NULL;
    int64_t size;
    struct server *server = serve(is_opened_for_a_file, NULL);
    ftp_handle *ftp = new_client();
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        snprintf(url, sizeof url, "ftp://127.0.0.1:%d%s", server_port(server), directories[i]);
        CHECK_FAILS(ftp, ftp_open_file(ftp, url, &name), FTP_ERR_INVALID_ARGUMENT, "names no file");
    }
    snprintf(url, sizeof url, "ftp://127.0.0.1:%d/pub/a%%20b/caf%%E9?%%23.txt", server_port(server));
    CHECK_FAILS(ftp, ftp_open_file(ftp, url, NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_FAILS(ftp, ftp_open_file(ftp, NULL, &name), FTP_ERR_INVALID_ARGUMENT, "url is NULL");
    CHECK_INT(ftp_open_file(NULL, url, &name), FTP_ERR_INVALID_ARGUMENT);
    CHECK(name == NULL);
    CHECK_OK(ftp, ftp_open_file(ftp, url, &name));
    CHECK_TEXT(name, "caf\xe9?#.txt");
    char kept[16];
    snprintf(kept, sizeof kept, "%s", name);
    CHECK_OK(ftp, ftp_size(ftp, kept, &size));
    CHECK_INT(size, 7);
    part(ftp, server);
}

static void the_parts_of_a_url_outlive_the_handle(void)
{
    static const struct {
        const char *url;
        int tls, type, is_directory;
        uint16_t port;
        const char *host, *user, *password, *path;
    } table[] = {
        { "ftp://h", FTP_TLS_OFF, 0, 1, 0, "h", "", "", "" },
        { "ftpes://ann%40home:se%3Acret@[::1]:2121/pub/a%20b;type=A", FTP_TLS_EXPLICIT, FTP_TYPE_ASCII, 0, 2121, "::1", "ann@home",
          "se:cret", "pub/a b" },
        { "ftps://ann@h/%2Fetc/passwd;type=i", FTP_TLS_IMPLICIT, FTP_TYPE_IMAGE, 0, 0, "h", "ann", "", "/etc/passwd" },
        { "ftp://h//etc/rc.d/", FTP_TLS_OFF, 0, 1, 0, "h", "", "", "/etc/rc.d" },
        { "ftp://h/%2F", FTP_TLS_OFF, 0, 1, 0, "h", "", "", "/" },
        { "ftp://h/pub;type=d", FTP_TLS_OFF, 0, 1, 0, "h", "", "", "pub" },
        { "ftp://h/pub/..", FTP_TLS_OFF, 0, 1, 0, "h", "", "", "pub/.." },
        { "ftp://J%F6rg:%FF@h/a%80/caf%E9", FTP_TLS_OFF, 0, 0, 0, "h", "J\xf6rg", "\xff", "a\x80/caf\xe9" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const ftp_url *parts = NULL;
        ftp_handle *ftp = new_client();
        CHECK_OK(ftp, ftp_url_parse(ftp, table[i].url, &parts));
        CHECK_INT(ftp_state(ftp), FTP_STATE_NOT_CONNECTED);
        ftp_free(ftp);
        CHECK_INT(parts->tls, table[i].tls);
        CHECK_INT(parts->type, table[i].type);
        CHECK_INT(parts->is_directory, table[i].is_directory);
        CHECK_INT(parts->port, table[i].port);
        CHECK_TEXT(parts->host, table[i].host);
        CHECK_TEXT(parts->user, table[i].user);
        CHECK_TEXT(parts->password, table[i].password);
        CHECK_TEXT(parts->path, table[i].path);
        ftp_url_free(parts);
    }
    ftp_url_free(NULL);
}

static void what_is_no_url_is_refused(void)
{
    static const char *const urls[] = { "", "127.0.0.1", "http://127.0.0.1/", "ftp://", "ftp://h:0/", "ftp://h:x/",
                                        "ftp://u:secret@h/%0d%0aQUIT", "ftp://u:secret@h/;type=x", "ftp://\xff/", "ftp://u:secret@h%FF/",
                                        "ftp://u:secret@127.0.0.1:1#@evil.invalid/", "ftp://good\\@h/", "ftp://a@b@h/",
                                        "ftp://u:secret%zz@h/", "ftp://h/a#b" };
    const ftp_url *parts = NULL;
    ftp_handle *ftp = new_client();
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        CHECK_FAILS(ftp, ftp_open(ftp, urls[i]), FTP_ERR_INVALID_ARGUMENT, "URL");
        CHECK_LACKS(ftp_last_error(ftp), "secret");
        CHECK_FAILS(ftp, ftp_url_parse(ftp, urls[i], &parts), FTP_ERR_INVALID_ARGUMENT, "URL");
        CHECK_LACKS(ftp_last_error(ftp), "secret");
    }
    CHECK_FAILS(ftp, ftp_url_parse(ftp, NULL, &parts), FTP_ERR_INVALID_ARGUMENT, "url is NULL");
    CHECK_FAILS(ftp, ftp_url_parse(ftp, "ftp://h", NULL), FTP_ERR_INVALID_ARGUMENT, "out is NULL");
    CHECK_INT(ftp_url_parse(NULL, "ftp://h", &parts), FTP_ERR_INVALID_ARGUMENT);
    CHECK(parts == NULL);
    CHECK_FAILS(ftp, ftp_open(ftp, NULL), FTP_ERR_INVALID_ARGUMENT, "url is NULL");
    CHECK_FAILS(ftp, ftp_open(ftp, "ftp://u:sec/ret@h/"), FTP_ERR_INVALID_ARGUMENT, "/ must be written %2F");
    CHECK_LACKS(ftp_last_error(ftp), "sec/");
    ftp_free(ftp);
}

int main(void)
{
    RUN(a_null_handle_is_an_invalid_argument);
    RUN(without_a_connection_there_is_nothing_to_secure);
    RUN(a_session_in_clear_has_little_to_tell);
    RUN(a_url_is_a_session);
    RUN(the_url_of_a_file_tells_directory_and_name);
    RUN(the_parts_of_a_url_outlive_the_handle);
    RUN(what_is_no_url_is_refused);
    if (!ftp_has_feature("tls")) {
        RUN(a_build_without_tls_says_so);
        return summary();
    }
    RUN(settings_that_cannot_be_used_are_refused);
    RUN(settings_that_can_be_used_are_taken);
    return summary();
}
