<?php
// Lists a directory and downloads a file, through PHP's FFI.
//
//     php download.php ftp://user:password@host/directory FILE
declare(strict_types=1);

final class FtpError extends RuntimeException {}

final class Ftp
{
    private const FTP_OK = 0;
    public const DIRECTORY = 2;

    // Of a structure, the members up to the last one that is used are enough.
    private const HEADER = <<<'C'
        typedef struct ftp_handle ftp_handle;
        typedef struct ftp_list ftp_list;
        typedef struct { const char *name; size_t name_len; int type; int format; int64_t size; } ftp_entry;
        typedef struct { const char *name; int64_t bytes; } ftp_progress;
        typedef int (*ftp_progress_fn)(const ftp_progress *progress, void *user);
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
        C;

    private static FFI $lib;
    private FFI\CData $handle;

    public static function lib(): FFI { return self::$lib ??= FFI::cdef(self::HEADER, 'libftpclient.so.0'); }

    public function __construct(string $url)
    {
        $this->handle = self::lib()->ftp_new();
        $this->check(self::$lib->ftp_open($this->handle, $url));
    }

    public function __destruct() { self::$lib->ftp_free($this->handle); }

    private function check(int $status): void
    {
        if ($status !== self::FTP_OK) {
            throw new FtpError(self::$lib->ftp_last_error($this->handle), $status);
        }
    }

    /** @return Generator<string, FFI\CData> each entry under its name. It is valid until the next one. */
    public function entries(): Generator
    {
        $list = self::$lib->new('ftp_list *');
        $entry = self::$lib->new('const ftp_entry *');
        $this->check(self::$lib->ftp_list_open($this->handle, null, 0, FFI::addr($list)));
        try {
            while (self::$lib->ftp_list_next($list, FFI::addr($entry)) === self::FTP_OK) {
                yield $entry->name => $entry;
            }
        } finally {
            self::$lib->ftp_list_free($list);
        }
    }

    public function onProgress(callable $tell): void
    {
        // An exception must not cross the library.
        $progress = function ($told) use ($tell): int {
            try {
                $tell($told->bytes);
                return 0;
            } catch (Throwable) {
                return 1;
            }
        };
        $this->check(self::$lib->ftp_set_progress_callback($this->handle, $progress, null));
    }

    public function get(string $file): void { $this->check(self::$lib->ftp_get($this->handle, $file, $file, 0)); }
    public function quit(): void { $this->check(self::$lib->ftp_quit($this->handle)); }
}

[, $url, $file] = $argv;
echo 'libftpclient ', Ftp::lib()->ftp_version(), "\n";
try {
    $ftp = new Ftp($url);
    foreach ($ftp->entries() as $name => $entry) {
        echo $entry->type === Ftp::DIRECTORY ? "$name/\n" : "$name $entry->size\n";
    }
    $ftp->onProgress(function (int $bytes): void { echo "$bytes bytes\n"; });
    $ftp->get($file);
    $ftp->quit();
} catch (FtpError $error) {
    fwrite(STDERR, "download.php: {$error->getMessage()}\n");
    exit(1);
}
