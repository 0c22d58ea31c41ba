/* The version, the features, and the texts of the statuses: all that needs no handle. */

#include <stdio.h>
#include <string.h>

#include "check.h"

static void library_and_header_are_of_the_same_version(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", FTP_VERSION_MAJOR, FTP_VERSION_MINOR, FTP_VERSION_PATCH);
    CHECK_TEXT(ftp_version(), text);
    CHECK_INT(ftp_version_number(), FTP_VERSION_NUMBER);
}

static void the_number_can_be_compared_by_the_preprocessor(void)
{
#if FTP_VERSION_NUMBER >= 0x000100 && FTP_VERSION_NUMBER < 0x010000
    CHECK_INT(FTP_VERSION_NUMBER >> 16, FTP_VERSION_MAJOR);
    CHECK_INT(FTP_VERSION_NUMBER >> 8 & 255, FTP_VERSION_MINOR);
    CHECK_INT(FTP_VERSION_NUMBER & 255, FTP_VERSION_PATCH);
#else
    CHECK(!"the version is 0.x");
#endif
}

static void a_feature_is_there_or_not(void)
{
    CHECK_INT(ftp_has_feature(NULL), 0);
    CHECK_INT(ftp_has_feature(""), 0);
    CHECK_INT(ftp_has_feature("TLS"), 0);
    CHECK_INT(ftp_has_feature("tls "), 0);
    CHECK_INT(ftp_has_feature("no such feature"), 0);
    CHECK(ftp_has_feature("tls") == 0 || ftp_has_feature("tls") == 1);
}

static void the_tls_library_has_a_name_where_there_is_one(void)
{
    const char *name = ftp_tls_backend();
    CHECK_INT(name != NULL, ftp_has_feature("tls"));
    if (name != NULL)
        CHECK(strncmp(name, "OpenSSL 3.", 10) == 0 || strncmp(name, "AWS-LC ", 7) == 0);
    CHECK(ftp_tls_backend() == name);
}

static void every_status_has_a_text_of_its_own(void)
{
    static const int statuses[] = {
        FTP_OK, FTP_AGAIN, FTP_END,  FTP_ERR_INVALID_ARGUMENT, FTP_ERR_STATE, FTP_ERR_BUSY,    FTP_ERR_INTERNAL, FTP_ERR_RESOLVE,
        FTP_ERR_IO,       FTP_ERR_TIMEOUT,          FTP_ERR_EOF,   FTP_ERR_REPLY,   FTP_ERR_TEMP,     FTP_ERR_PERM,
        FTP_ERR_PROTO,    FTP_ERR_LIMIT, FTP_ERR_NOT_FOUND, FTP_ERR_EXISTS,   FTP_ERR_ABORTED, FTP_ERR_CALLBACK, FTP_ERR_INTEGRITY,
        FTP_ERR_UNVERIFIED, FTP_ERR_PARTIAL,
        FTP_ERR_FILE,     FTP_ERR_UNSUPPORTED,      FTP_ERR_TLS,     FTP_ERR_CERTIFICATE, FTP_ERR_DENIED,
    };
    enum { COUNT = sizeof statuses / sizeof *statuses };
    for (int i = 0; i < COUNT; i++) {
        CHECK(statuses[i] <= FTP_END);
        CHECK(ftp_strerror(statuses[i])[0] != '\0');
        CHECK(strcmp(ftp_strerror(statuses[i]), "unknown status") != 0);
        for (int j = 0; j < i; j++)
            CHECK(strcmp(ftp_strerror(statuses[i]), ftp_strerror(statuses[j])) != 0);
    }
}

static void a_number_that_is_no_status_has_a_text_too(void)
{
    static const int others[] = { 3, 226, -6, -9, -14, -27, -54, -2147483647 - 1, 2147483647 };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CHECK_TEXT(ftp_strerror(others[i]), "unknown status");
}

int main(void)
{
    RUN(library_and_header_are_of_the_same_version);
    RUN(the_number_can_be_compared_by_the_preprocessor);
    RUN(a_feature_is_there_or_not);
    RUN(the_tls_library_has_a_name_where_there_is_one);
    RUN(every_status_has_a_text_of_its_own);
    RUN(a_number_that_is_no_status_has_a_text_too);
    return summary();
}
