// Every function of ftpclient.hpp once, without exceptions and without RTTI: it compiles, and tells its error in the code.
//
// tests/cpp.rs checks that none is left out.

#include "cpp.hpp"

#include <string>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this test is for programs without exceptions and RTTI"
#endif

namespace {

using std::chrono::seconds;

// The call sets the code to this.
#define TELLS(expected, call)                                              \
    do {                                                                   \
        code = FTP_ERR_INTERNAL;                                           \
        (void)(call);                                                      \
        check_int(__FILE__, __LINE__, #call, code.value(), expected);      \
    } while (0)

const auto takes_text = [](std::string_view) {};
const auto gives_nothing = [](char *, std::size_t) { return std::size_t{ 0 }; };

void settings_are_taken()
{
    std::error_code code;
    ftp::client client(code);
    TELLS(FTP_OK, client.set_timeout(seconds(5), code));
    TELLS(FTP_OK, client.set_phase_timeout(FTP_PHASE_CONNECT, seconds(5), code));
    TELLS(FTP_OK, client.set_keepalive(ftp::no_limit, seconds(1), 1, code));
    TELLS(FTP_OK, client.set_noop_interval(seconds(30), code));
    TELLS(FTP_OK, client.set_retries(1, seconds(1), code));
    TELLS(FTP_OK, client.set_retries(0, seconds(1), code));
    TELLS(FTP_OK, client.set_blocking(true, code));
    TELLS(FTP_OK, client.set_pasv(true, code));
    TELLS(FTP_OK, client.set_epsv(true, code));
    TELLS(FTP_OK, client.set_prearm(0, code));
    TELLS(FTP_OK, client.set_active_address("", "", code));
    TELLS(FTP_OK, client.set_active_peer("", code));
    TELLS(FTP_OK, client.set_active_ports(0, 0, code));
    TELLS(FTP_OK, client.set_source_address("", 0, code));
    TELLS(FTP_OK, client.set_trust_server_pasv_ipv4_address(false, code));
    TELLS(FTP_OK, client.set_rate_limit(-1, -1, code));
    TELLS(FTP_OK, client.set_type(FTP_TYPE_IMAGE, code));
    TELLS(FTP_OK, client.set_maxline(8192, code));
    TELLS(FTP_OK, client.set_encoding("utf-8", code));
    TELLS(FTP_OK, client.set_utf8(true, code));
    TELLS(FTP_OK, client.set_urgent_abort(false, code));
    TELLS(FTP_OK, client.set_system(FTP_SYSTEM_AUTO, code));
    TELLS(FTP_OK, client.set_debuglevel(0, code));
    const ftp_status of_tls = ftp::has_feature("tls") ? FTP_OK : FTP_ERR_UNSUPPORTED;
    TELLS(FTP_OK, client.set_tls(FTP_TLS_OFF, code));
    TELLS(of_tls, client.set_tls_verify(FTP_TLS_VERIFY_FULL, code));
    TELLS(of_tls, client.set_tls_common_name(false, code));
    TELLS(of_tls, client.set_tls_ca("", code));
    TELLS(of_tls, client.set_tls_ca_pem("", code));
    TELLS(of_tls, client.set_tls_client_cert("", "", "", code));
    TELLS(of_tls, client.set_tls_versions(0, 0, code));
    TELLS(of_tls, client.set_tls_ciphers("", "", code));
    TELLS(of_tls, client.set_tls_pin("", code));
    TELLS(of_tls, client.set_tls_server_name("", code));
    TELLS(of_tls, client.set_tls_keylog("", code));
    TELLS(of_tls, client.set_tls_resume(true, code));
    TELLS(of_tls, client.set_tls_end(FTP_TLS_END_CHECKED, code));
    TELLS(FTP_OK, client.set_log_callback([](ftp_log_kind, std::string_view) {}, code));
    TELLS(FTP_OK, client.set_log_callback(nullptr, code));
    TELLS(FTP_OK, client.set_audit_callback([](const ftp::audit_request &) { return true; }, code));
    TELLS(FTP_OK, client.set_audit_callback(nullptr, code));
    TELLS(FTP_OK, client.set_progress_callback([](const ftp_progress &) {}, code));
    TELLS(FTP_OK, client.set_progress_callback(nullptr, code));
    TELLS(FTP_OK, client.set_wait_callback([] { return 0; }, code));
    TELLS(FTP_OK, client.set_wait_callback([] { return true; }, code));
    TELLS(FTP_OK, client.set_wait_callback(nullptr, code));
}

void commands_tell_their_errors()
{
    std::error_code code;
    ftp::client client(code);
    TELLS(FTP_ERR_INVALID_ARGUMENT, client.connect("", code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, client.connect("", 21, code));
    TELLS(FTP_ERR_STATE, client.login(code));
    TELLS(FTP_ERR_STATE, client.login("user", "password", code));
    TELLS(FTP_ERR_STATE, client.login("user", "password", "account", code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, client.open("http://host", code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, client.open_file("http://host", code));
    TELLS(FTP_OK, client.url_parse("ftp://host", code));
    TELLS(FTP_ERR_STATE, client.reconnect(code));
    TELLS(FTP_ERR_STATE, client.sendcmd("NOOP", code));
    TELLS(FTP_ERR_STATE, client.voidcmd("NOOP", code));
    TELLS(FTP_ERR_STATE, client.putcmd("NOOP", code));
    TELLS(FTP_ERR_STATE, client.getresp(code));
    TELLS(FTP_ERR_STATE, client.voidresp(code));
    TELLS(FTP_ERR_STATE, client.resync(code));
    TELLS(FTP_ERR_STATE, client.site("HELP", code));
    TELLS(FTP_ERR_STATE, client.acct("account", code));
    TELLS(FTP_ERR_STATE, client.syst(code));
    TELLS(FTP_ERR_STATE, client.feature("MLST", code));
    TELLS(FTP_ERR_STATE, client.cwd("x", code));
    TELLS(FTP_ERR_STATE, client.pwd(code));
    TELLS(FTP_ERR_STATE, client.mkd("x", code));
    TELLS(FTP_ERR_STATE, client.rmd("x", code));
    TELLS(FTP_ERR_STATE, client.makedirs("x", code));
    TELLS(FTP_ERR_STATE, client.remove_tree("x", code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, client.remove_tree("x", 1, code));
    TELLS(FTP_ERR_STATE, client.rename("x", "y", code));
    TELLS(FTP_ERR_STATE, client.remove("x", code));
    TELLS(FTP_ERR_STATE, client.exists("x", code));
    TELLS(FTP_ERR_STATE, client.size("x", code));
    TELLS(FTP_ERR_STATE, client.modified("x", code));
    TELLS(FTP_ERR_STATE, client.set_modified("x", ftp::time_point(), code));
    TELLS(FTP_ERR_STATE, client.chmod("x", std::filesystem::perms::owner_all, code));
    TELLS(FTP_ERR_STATE, client.hash("x", "", code));
    TELLS(FTP_ERR_STATE, client.auth(code));
    TELLS(FTP_ERR_STATE, client.prot_p(code));
    TELLS(FTP_ERR_STATE, client.prot_c(code));
    TELLS(FTP_ERR_STATE, client.ccc(code));
    TELLS(FTP_ERR_STATE, client.tls_get_info(code));
    TELLS(FTP_ERR_STATE, client.last_report(code));
    TELLS(FTP_ERR_STATE, client.last_mirror_report(code));
    TELLS(FTP_ERR_STATE, client.prearm(code));
    TELLS(FTP_ERR_STATE, client.makepasv(code));
    TELLS(FTP_ERR_STATE, client.makeport(code));
    TELLS(FTP_ERR_STATE, client.local_address(FTP_CONTROL_CONNECTION, code));
    TELLS(FTP_ERR_STATE, client.peer_address(FTP_CONTROL_CONNECTION, code));
    ftp::client other(code);
    TELLS(FTP_ERR_STATE, client.copy("x", other, "y", FTP_TYPE_IMAGE, code));
    TELLS(FTP_ERR_STATE, client.abort(code));
    TELLS(FTP_OK, client.pollfds(code));
    std::vector<ftp_pollfd> fds;
    TELLS(FTP_OK, client.pollfds(fds, code));
    TELLS(FTP_OK, client.close(code));
    TELLS(FTP_ERR_STATE, client.quit(code));
}

void getters_tell_nothing()
{
    std::error_code code;
    ftp::client client(code);
    client.cancel();
    CHECK(client.last_error().empty() && client.last_reply().empty() && client.last_command().empty());
    CHECK(client.last_replies(0).empty() && client.getwelcome().empty());
    CHECK_INT(client.last_reply_code(), 0);
    CHECK_INT(client.last_os_error(), 0);
    CHECK_INT(client.last_callback_result(), 0);
    CHECK_INT(client.last_phase(), 0);
    CHECK_INT(client.state(), FTP_STATE_NOT_CONNECTED);
    CHECK_INT(client.control_fd(), -1);
    CHECK(!client.is_tls() && !client.timeout() && client.is_transient(FTP_ERR_TIMEOUT));
    CHECK(!ftp::version().empty() && ftp::version_number() > 0 && ftp::tls_backend().empty() != ftp::has_feature("tls"));

    const ftp::url parts = client.url_parse("ftps://user:word@host:21/a/b", code);
    CHECK(parts && !code && parts.port() == 21 && !parts.is_directory());
    CHECK_INT(parts.tls(), FTP_TLS_IMPLICIT);
    CHECK_INT(parts.type(), FTP_TYPE_AS_IS);
    CHECK_VIEW(std::string(parts.host()).append(parts.user()).append(parts.password()).append(parts.path()), "hostuserworda/b");
}

void transfers_tell_their_errors()
{
    std::error_code code;
    ftp::client client(code);
    const ftp::transfer_options options;
    TELLS(FTP_ERR_STATE, client.retrbinary("RETR x", takes_text, code));
    TELLS(FTP_ERR_STATE, client.retrbinary("RETR x", takes_text, options, code));
    TELLS(FTP_ERR_STATE, client.retrbinary("RETR x", [](const char *, std::size_t) {}, code));
    TELLS(FTP_ERR_STATE, client.storbinary("STOR x", gives_nothing, code));
    TELLS(FTP_ERR_STATE, client.storbinary("STOR x", gives_nothing, options, code));
    TELLS(FTP_ERR_STATE, client.storbinary("STOR x", gives_nothing, takes_text, options, code));
    TELLS(FTP_ERR_STATE, client.storlines("STOR x", gives_nothing, code));
    TELLS(FTP_ERR_STATE, client.storlines("STOR x", gives_nothing, takes_text, code));
    TELLS(FTP_ERR_STATE, client.retrlines("RETR x", takes_text, code));
    TELLS(FTP_ERR_STATE, client.retrlines("RETR x", code));
    TELLS(FTP_ERR_STATE, client.append("x", gives_nothing, code));
    TELLS(FTP_ERR_STATE, client.store_unique(gives_nothing, code));
    TELLS(FTP_ERR_FILE, client.get("x", "/nowhere/x", code));
    TELLS(FTP_ERR_FILE, client.get("x", "/nowhere/x", FTP_RESUME, code));
    TELLS(FTP_ERR_FILE, client.put("/dev/null", "x", code));
    TELLS(FTP_ERR_FILE, client.put("/dev/null", "x", FTP_RESUME, code));
    TELLS(FTP_ERR_STATE, client.get_data("x", code));
    TELLS(FTP_ERR_STATE, client.get_data("x", 10, code));
    TELLS(FTP_ERR_STATE, client.put_data("x", "data", code));
    TELLS(FTP_ERR_STATE, client.retrfd("RETR x", 1, -1, code));
    TELLS(FTP_ERR_STATE, client.storfd("STOR x", 0, -1, code));
#if defined(__cpp_lib_span)
    TELLS(FTP_ERR_STATE, client.retrbinary("RETR x", [](std::span<const std::byte>) {}, code));
    TELLS(FTP_ERR_STATE, client.storbinary("STOR x", [](std::span<std::byte>) { return 0; }, code));
    TELLS(FTP_ERR_STATE, client.storbinary("STOR x", [](std::span<char>) { return 0; }, code));
    TELLS(FTP_ERR_STATE, client.put_data("x", std::span<const std::byte>(), code));
#endif

    TELLS(FTP_ERR_STATE, client.transfercmd("RETR x", code));
    ftp::transfer transfer = client.transfercmd("RETR x", 5, code);
    CHECK(!transfer && transfer.handle() == nullptr && !transfer.size());
    CHECK_INT(transfer.fd(), -1);
    CHECK_INT(transfer.take_fd(), -1);
    char memory[4];
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.read(memory, sizeof memory, code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.write("data", code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.finish(code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.close_data(code));
#if defined(__cpp_lib_span)
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.read(std::as_writable_bytes(std::span(memory)), code));
    TELLS(FTP_ERR_INVALID_ARGUMENT, transfer.write(std::as_bytes(std::span(memory)), code));
    CHECK(ftp::buffer().bytes().empty());
#endif
    transfer.abort();
    TELLS(FTP_ERR_STATE, ftp::transfer().finish(code));
    const ftp::buffer buffer;
    CHECK(buffer.empty() && buffer.view().empty() && buffer.data() == nullptr && buffer.begin() == buffer.end());

    TELLS(FTP_ERR_STATE, client.open_read("x", code));
    TELLS(FTP_ERR_STATE, client.open_append("x", code));
    ftp::istream in = client.open_read("x", 5, code);
    CHECK(!in && !in.is_open() && !in.error() && !in.size());
    TELLS(FTP_ERR_STATE, in.close(code));
    ftp::ostream out = client.open_write("x", code);
    CHECK(!out && !out.is_open() && !out.error());
    TELLS(FTP_ERR_STATE, out.close(code));
}

void listings_tell_their_errors()
{
    std::error_code code;
    ftp::client client(code);
    TELLS(FTP_ERR_STATE, client.list("", code));
    TELLS(FTP_ERR_STATE, client.list("", FTP_LIST_STREAM, code));
    TELLS(FTP_ERR_STATE, client.glob("*", code));
    TELLS(FTP_ERR_STATE, client.glob("*", FTP_GLOB_HIDDEN, code));
    TELLS(FTP_ERR_STATE, client.stat("x", code));
    TELLS(FTP_ERR_STATE, client.walk("", [](std::string_view, const ftp::entry &) {}, code));
    const auto stops = [](std::string_view, const ftp::entry &) { return ftp::walk_step::stop; };
    TELLS(FTP_ERR_STATE, client.walk("", FTP_WALK_DEPTH, stops, code));
    TELLS(FTP_ERR_STATE, client.dir("", takes_text, code));
    TELLS(FTP_ERR_STATE, client.dir("", code));
    TELLS(FTP_ERR_STATE, client.nlst("", takes_text, code));
    TELLS(FTP_ERR_STATE, client.nlst("", code));
    TELLS(FTP_ERR_STATE, client.mlsd("", "type", [](std::string_view, const ftp::facts &facts) { return facts["type"].empty(); }, code));

    TELLS(FTP_OK, ftp::list_parse("", code));
    ftp::listing listing = ftp::list_parse("type=file;size=1; a\r\n", FTP_FORMAT_MLSD, std::nullopt, code);
    CHECK(listing.handle() != nullptr);
    const ftp::entry *found = listing.next(code);
    CHECK(found != nullptr && found->is_file() && !found->is_directory() && !found->is_link());
    const ftp::saved_entry saved = *found;
    CHECK_VIEW(saved.name(), "a");
    CHECK_INT(saved.type(), FTP_ENTRY_FILE);
    CHECK_INT(saved.format(), FTP_FORMAT_MLSD);
    CHECK_INT(saved.modified_precision(), FTP_TIME_NONE);
    CHECK(saved.size() == 1 && !saved.modified() && !saved.modified_on_server() && !saved.mode());
    CHECK(saved.owner().empty() && saved.group().empty() && saved.link_target().empty());
    CHECK(saved.perm().empty() && saved.unique().empty() && !saved.raw().empty());
    CHECK(saved.has_safe_name() && !saved.is_not_listed() && !saved.may_be_cut());
    CHECK_VIEW(saved.fields().name, "a");
    CHECK(listing.next(code) == nullptr && listing.begin() == listing.end() && !listing.error());
}

void many_at_once_tell_their_errors()
{
    std::error_code code;
    ftp::client client(code);
    ftp::mirror_options options;
    options.filter = [](std::string_view, const ftp::entry &) { return true; };
    options.action = [](const ftp_mirror_action &) { return true; };
    TELLS(FTP_ERR_STATE, client.mirror_get("", "/nowhere", code));
    TELLS(FTP_ERR_STATE, client.mirror_get("", "/nowhere", options, code));
    TELLS(FTP_ERR_STATE, client.mirror_put("/", "x", code));
    TELLS(FTP_ERR_STATE, client.mirror_put("/", "x", options, code));

    ftp::batch batch = client.batch(code);
    CHECK(batch && batch.handle() != nullptr);
    TELLS(FTP_OK, batch.size("x", code));
    TELLS(FTP_OK, batch.modified("x", code));
    TELLS(FTP_OK, batch.stat("x", code));
    TELLS(FTP_OK, batch.remove("x", code));
    TELLS(FTP_OK, batch.mkdir("x", code));
    TELLS(FTP_OK, batch.rmdir("x", code));
    TELLS(FTP_OK, batch.rename("x", "y", code));
    TELLS(FTP_OK, batch.chmod("x", std::filesystem::perms::owner_all, code));
    TELLS(FTP_OK, batch.command("NOOP", code));
    TELLS(FTP_ERR_STATE, batch.run([](const ftp_batch_result &) {}, code));
    TELLS(FTP_ERR_STATE, batch.run(code));

    ftp::pool pool = client.make_pool(2, code);
    CHECK(pool && pool.handle() != nullptr);
    TELLS(FTP_OK, pool.get("x", "/nowhere", code));
    TELLS(FTP_OK, pool.get("x", "/nowhere", FTP_RESUME, code));
    TELLS(FTP_OK, pool.put("/dev/null", "x", code));
    TELLS(FTP_OK, pool.put("/dev/null", "x", FTP_RESUME, code));
    TELLS(FTP_OK, pool.list("", code));
    TELLS(FTP_OK, pool.list("", FTP_LIST_HIDDEN, code));
    TELLS(FTP_OK, pool.remove("x", code));
    TELLS(FTP_OK, pool.command("NOOP", code));
    TELLS(FTP_ERR_STATE, pool.run([](const ftp_pool_result &) {}, code));
    TELLS(FTP_ERR_STATE, pool.run(code));
}

void replies_are_parsed()
{
    std::error_code code;
    TELLS(FTP_ERR_REPLY, ftp::parse150("", code));
    TELLS(FTP_ERR_REPLY, ftp::parse227("", code));
    TELLS(FTP_ERR_REPLY, ftp::parse229("", code));
    TELLS(FTP_ERR_REPLY, ftp::parse257("", code));
}

void an_operation_ends_at_once()
{
    std::error_code code;
    ftp::client client(code);
    ftp::operation operation([&](ftp::errors to) { return client.pwd(to); });
    CHECK(operation.step(code) && code == FTP_ERR_STATE);
    CHECK(operation.get().empty());
}

} // namespace

int main()
{
    RUN(settings_are_taken);
    RUN(commands_tell_their_errors);
    RUN(getters_tell_nothing);
    RUN(transfers_tell_their_errors);
    RUN(listings_tell_their_errors);
    RUN(many_at_once_tell_their_errors);
    RUN(replies_are_parsed);
    RUN(an_operation_ends_at_once);
    return summary();
}
