#!/usr/bin/env perl
# Lists a directory and downloads a file, through FFI::Platypus (Debian: libffi-platypus-perl).
#
#     perl download.pl ftp://user:password@host/directory FILE
use v5.20;
use warnings;

# Of a structure, the members up to the last one that is used are enough.
package Ftp::Entry {
    use FFI::Platypus::Record;
    record_layout_1(qw(opaque name_at size_t name_len int type int format sint64 size));
}
package Ftp::Progress {
    use FFI::Platypus::Record;
    record_layout_1(qw(opaque name_at sint64 bytes));
}

package Ftp {
    use FFI::Platypus 2.00;
    use constant { FTP_OK => 0, FTP_ENTRY_DIRECTORY => 2 };

    my $ffi = FFI::Platypus->new(api => 2, lib => ['libftpclient.so.0']);
    $ffi->type('record(Ftp::Entry)*'            => 'ftp_entry');
    $ffi->type('record(Ftp::Progress)*'         => 'ftp_progress');
    $ffi->type('(opaque, opaque)->int'          => 'ftp_progress_fn');
    $ffi->attach(ftp_version                    => []                                    => 'string');
    $ffi->attach(ftp_new                        => []                                    => 'opaque');
    $ffi->attach(ftp_free                       => ['opaque']                            => 'void');
    $ffi->attach(ftp_last_error                 => ['opaque']                            => 'string');
    $ffi->attach(ftp_open                       => [ 'opaque', 'string' ]                => 'int');
    $ffi->attach(ftp_list_open                  => [ 'opaque', 'string', 'int', 'opaque*' ] => 'int');
    $ffi->attach(ftp_list_next                  => [ 'opaque', 'opaque*' ]               => 'int');
    $ffi->attach(ftp_list_free                  => ['opaque']                            => 'void');
    $ffi->attach(ftp_set_progress_callback      => [ 'opaque', 'ftp_progress_fn', 'opaque' ] => 'int');
    $ffi->attach(ftp_get                        => [ 'opaque', 'string', 'string', 'int' ] => 'int');
    $ffi->attach(ftp_quit                       => ['opaque']                            => 'int');

    sub new { my ($class) = @_; return bless { handle => ftp_new() }, $class }
    sub DESTROY { my ($self) = @_; ftp_free($self->{handle}) }
    sub check {
        my ($self, $status) = @_;
        die ftp_last_error($self->{handle}) . "\n" if $status != FTP_OK;
    }
    sub open { my ($self, $url) = @_; $self->check(ftp_open($self->{handle}, $url)) }
    sub quit { my ($self) = @_; $self->check(ftp_quit($self->{handle})) }

    sub entries {
        my ($self, @entries) = shift;
        $self->check(ftp_list_open($self->{handle}, undef, 0, \my $list));
        while (ftp_list_next($list, \my $at) == FTP_OK) {
            my $entry = $ffi->cast('opaque' => 'ftp_entry', $at);
            my $name  = $ffi->cast('opaque' => 'string', $entry->name_at);
            push @entries, { name => $name, is_directory => $entry->type == FTP_ENTRY_DIRECTORY, size => $entry->size };
        }
        ftp_list_free($list);
        return @entries;
    }

    sub on_progress {
        my ($self, $tell) = @_;
        # The closure lives as long as the library may call it. An exception must not cross the library.
        $self->{progress} =
            $ffi->closure(sub { return eval { $tell->($ffi->cast('opaque' => 'ftp_progress', $_[0])->bytes); 1 } ? 0 : 1 });
        $self->check(ftp_set_progress_callback($self->{handle}, $self->{progress}, undef));
    }
    sub get { my ($self, $file) = @_; $self->check(ftp_get($self->{handle}, $file, $file, 0)) }
}

my ($url, $file) = @ARGV;
say 'libftpclient ', Ftp::ftp_version();
my $ftp = Ftp->new;
eval {
    $ftp->open($url);
    say $_->{name}, $_->{is_directory} ? '/' : " $_->{size}" for $ftp->entries;
    $ftp->on_progress(sub { my ($bytes) = @_; say "$bytes bytes" });
    $ftp->get($file);
    $ftp->quit;
    1;
} or do { print STDERR "download.pl: $@"; exit 1 };
