// Lists a directory and downloads a file, through JNA (Debian: libjna-java).
//
//     java -cp /usr/share/java/jna.jar Download.java ftp://user:password@host/directory FILE
import com.sun.jna.*;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.PointerByReference;
import java.util.function.*;

public final class Download {
    public static void main(String[] arguments) {
        System.out.println("libftpclient " + Ftp.LIB.ftp_version());
        try (Ftp ftp = new Ftp()) {
            ftp.open(arguments[0]);
            ftp.list(entry -> System.out.println(entry.name + (entry.type == Ftp.DIRECTORY ? "/" : " " + entry.size)));
            ftp.onProgress(bytes -> System.out.println(bytes + " bytes"));
            ftp.get(arguments[1]);
            ftp.quit();
        } catch (Ftp.FtpException failure) {
            System.err.println("Download.java: " + failure.getMessage());
            System.exit(1);
        }
    }
}

final class Ftp implements AutoCloseable {
    public interface Lib extends Library {
        // Of a structure, the members up to the last one that is used are enough. size_t is a long on machines of 64 bits.
        @FieldOrder({"name", "name_len", "type", "format", "size"})
        class Entry extends Structure {
            public String name; public long name_len; public int type, format; public long size;
            public Entry(Pointer at) { super(at); read(); }
        }
        @FieldOrder({"name", "bytes"})
        class Progress extends Structure implements Structure.ByReference {
            public String name;
            public long bytes;
        }
        interface ProgressFn extends Callback { int tell(Progress progress, Pointer user); }
        String ftp_version();
        Pointer ftp_new();
        void ftp_free(Pointer ftp);
        String ftp_last_error(Pointer ftp);
        int ftp_open(Pointer ftp, String url);
        int ftp_list_open(Pointer ftp, String path, int flags, PointerByReference out);
        int ftp_list_next(Pointer list, PointerByReference out);
        void ftp_list_free(Pointer list);
        int ftp_set_progress_callback(Pointer ftp, ProgressFn progress, Pointer user);
        int ftp_get(Pointer ftp, String remote, String local, int flags);
        int ftp_quit(Pointer ftp);
    }

    static final class FtpException extends RuntimeException { FtpException(String message) { super(message); } }
    static final Lib LIB = Native.load("libftpclient.so.0", Lib.class, java.util.Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
    static final int OK = 0, DIRECTORY = 2;
    private final Pointer handle = LIB.ftp_new();
    private Lib.ProgressFn progress; // the garbage collector takes what nobody holds

    private void check(int status) { if (status != OK) throw new FtpException(LIB.ftp_last_error(handle)); }
    void open(String url) { check(LIB.ftp_open(handle, url)); }
    void get(String file) { check(LIB.ftp_get(handle, file, file, 0)); }
    void quit() { check(LIB.ftp_quit(handle)); }
    @Override public void close() { LIB.ftp_free(handle); }

    void list(Consumer<Lib.Entry> tell) {
        PointerByReference list = new PointerByReference(), entry = new PointerByReference();
        check(LIB.ftp_list_open(handle, null, 0, list));
        try {
            while (LIB.ftp_list_next(list.getValue(), entry) == OK) tell.accept(new Lib.Entry(entry.getValue()));
        } finally {
            LIB.ftp_list_free(list.getValue());
        }
    }

    void onProgress(LongConsumer tell) {
        // An exception must not cross the library.
        progress = (told, user) -> { try { tell.accept(told.bytes); return 0; } catch (RuntimeException e) { return 1; } };
        check(LIB.ftp_set_progress_callback(handle, progress, null));
    }
}
