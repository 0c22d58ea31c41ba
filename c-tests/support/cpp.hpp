// What the tests of ftpclient.hpp have in common.

#ifndef CPP_HPP
#define CPP_HPP

#include <ftpclient.hpp>

#include "check.h"
#include "opened.h"
#include "server.h"

#include <atomic>
#include <string>

// Two texts are equal; the first is a std::string or a std::string_view.
#define CHECK_VIEW(got, expected) check_text(__FILE__, __LINE__, #got, std::string(got).c_str(), expected)

// The call throws an ftp::error with this status, and with a text that contains the part.
#define CHECK_THROWS(call, expected, part)                                                                                    \
    do {                                                                                                                      \
        try {                                                                                                                 \
            call;                                                                                                             \
            check_failed(__FILE__, __LINE__, "%s threw nothing", #call);                                                      \
        } catch (const ftp::error &thrown) {                                                                                  \
            check_int(__FILE__, __LINE__, #call, thrown.status(), expected);                                                  \
            check_has(__FILE__, __LINE__, #call, thrown.what(), part, 1);                                                     \
        }                                                                                                                     \
    } while (0)

// A client that is connected to the server, which is more impatient than it.
inline ftp::client connected(const struct server *server)
{
    std::error_code code;
    ftp::client client(code);
    client.set_timeout(std::chrono::seconds(30), code);
    client.connect("127.0.0.1", server_port(server), code);
    CHECK(!code);
    return client;
}

// The event loop waits: what the server was sent before has had its turn.
inline std::atomic<bool> client_waits{ false };

// However slow the machine is, no reply is there before the client waits for it.
inline void says_when_it_is_waited_for(struct session *s, const char *reply)
{
    while (!client_waits)
        pause_ms(1);
    says(s, reply);
}

// The session is in step, and ends: goes_on() is its server.
inline void quits(ftp::client &client, struct server *server)
{
    std::error_code code;
    client.voidcmd("NOOP", code);
    CHECK(!code);
    CHECK_VIEW(client.last_reply(), "200 fine");
    client.quit(code);
    CHECK(!code);
    server_ends(server);
}

#endif
