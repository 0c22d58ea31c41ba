# Lists a directory and downloads a file, through fiddle, which comes with Ruby.
#
#     ruby download.rb ftp://user:password@host/directory FILE
require "fiddle/import"

module Ftp
  class Error < StandardError; end

  # The C functions and structures. Of a structure, the members up to the last one that is used are enough.
  module C
    extend Fiddle::Importer
    dlload "libftpclient.so.0"
    extern "const char *ftp_version()"
    extern "void *ftp_new()"
    extern "void ftp_free(void *)"
    extern "const char *ftp_last_error(const void *)"
    extern "int ftp_open(void *, const char *)"
    extern "int ftp_list_open(void *, const char *, int, void **)"
    extern "int ftp_list_next(void *, void **)"
    extern "void ftp_list_free(void *)"
    extern "int ftp_set_progress_callback(void *, void *, void *)"
    extern "int ftp_get(void *, const char *, const char *, int)"
    extern "int ftp_quit(void *)"
    Entry = struct ["const char *name", "size_t name_len", "int type", "int format", "long long size"]
    Progress = struct ["const char *name", "long long bytes"]
    OK, DIRECTORY = 0, 2 # FTP_OK, FTP_ENTRY_DIRECTORY
  end

  class Client
    def self.open(url)
      client = new
      client.call(:ftp_open, url)
      yield client
    ensure
      client&.free
    end

    def initialize = @handle = C.ftp_new
    def free = C.ftp_free(@handle)

    def call(function, *arguments)
      status = C.public_send(function, @handle, *arguments)
      raise Error, C.ftp_last_error(@handle).to_s.force_encoding("UTF-8") unless status == C::OK
    end

    def each_entry
      out = Fiddle::Pointer.malloc(Fiddle::SIZEOF_VOIDP, Fiddle::RUBY_FREE)
      call(:ftp_list_open, nil, 0, out)
      list = out.ptr
      yield C::Entry.new(out.ptr) while C.ftp_list_next(list, out) == C::OK
    ensure
      C.ftp_list_free(list) if list
    end

    def on_progress
      # The closure lives as long as the library may call it. An exception must not cross the library.
      @progress = Fiddle::Closure::BlockCaller.new(Fiddle::TYPE_INT, [Fiddle::TYPE_VOIDP] * 2) do |told, _|
        yield C::Progress.new(told).bytes
        0
      rescue StandardError
        1
      end
      call(:ftp_set_progress_callback, @progress, nil)
    end
  end
end

url, file = ARGV
puts "libftpclient #{Ftp::C.ftp_version}"
begin
  Ftp::Client.open(url) do |ftp|
    ftp.each_entry { |entry| puts "#{entry.name}#{entry.type == Ftp::C::DIRECTORY ? "/" : " #{entry.size}"}" }
    ftp.on_progress { |bytes| puts "#{bytes} bytes" }
    ftp.call(:ftp_get, file, file, 0)
    ftp.call(:ftp_quit)
  end
rescue Ftp::Error => error
  abort "download.rb: #{error.message}"
end
