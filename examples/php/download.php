<?php
// Lists a directory and downloads a file, through PHP's FFI.
//
//     php download.php ftp://user:password@host/directory FILE
declare(strict_types=1);

// Of a structure, the members up to the last one that is used are enough.
$lib = FFI::cdef(<<<'C'
    typedef struct ftp_handle ftp_handle;
    typedef struct ftp_list ftp_list;
    typedef struct { const char *name; size_t name_len; int type; int format; int64_t size; } ftp_entry;
    typedef struct { const char *name; int64_t bytes; } ftp_progress;
    typedef int (*ftp_progress_fn)(const ftp_progress *progress, void *user);
    enum { FTP_OK = 0, FTP_ENTRY_DIRECTORY = 2 };
    const char *ftp_version(void);
    ftp_handle *ftp_new(void);
    void ftp_free(ftp_handle *ftp);
    const char *ftp_last_error(const ftp_handle *ftp);
    int ftp_open(ftp_handle *ftp, const char *url);
    int ftp_list_open(ftp_handle *ftp, const char *path, int flags, ftp_list **out);
    int ftp_list_next(ftp_list *list, const ftp_entry **out);
    void ftp_list_free(ftp_list *list);
    int ftp_set_progress_callback(ftp_handle *ftp, ftp_progress_fn progress_cb, void *user);
    int ftp_get(ftp_handle *ftp, const char *remote, const char *local, int flags);
    int ftp_quit(ftp_handle *ftp);
    C, 'libftpclient.so.0');

$ftp = $lib->ftp_new();
$check = function (int $status) use ($lib, $ftp): void {
    if ($status !== $lib->FTP_OK) {
        throw new RuntimeException($lib->ftp_last_error($ftp), $status);
    }
};

/** @return Generator<string, FFI\CData> each entry under its name. It is valid until the next one. */
$entries = function () use ($lib, $ftp, $check): Generator {
    $list = $lib->new('ftp_list *');
    $entry = $lib->new('const ftp_entry *');
    $check($lib->ftp_list_open($ftp, null, 0, FFI::addr($list)));
    try {
        while ($lib->ftp_list_next($list, FFI::addr($entry)) === $lib->FTP_OK) {
            yield $entry->name => $entry;
        }
    } finally {
        $lib->ftp_list_free($list);
    }
};

// An exception must not cross the library: this throws none.
$progress = function (FFI\CData $told): int {
    echo "$told->bytes bytes\n";
    return 0;
};

[, $url, $file] = $argv;
$exit = 0;
echo 'libftpclient ', $lib->ftp_version(), "\n";
try {
    $check($lib->ftp_open($ftp, $url));
    foreach ($entries() as $name => $entry) {
        echo $entry->type === $lib->FTP_ENTRY_DIRECTORY ? "$name/\n" : "$name $entry->size\n";
    }
    $check($lib->ftp_set_progress_callback($ftp, $progress, null));
    $check($lib->ftp_get($ftp, $file, $file, 0));
    $check($lib->ftp_quit($ftp));
} catch (RuntimeException $error) {
    fwrite(STDERR, "download.php: {$error->getMessage()}\n");
    $exit = 1; // exit() would leave out what is in "finally"
} finally {
    $lib->ftp_free($ftp);
}
exit($exit);
