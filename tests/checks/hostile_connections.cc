/// 1 to 7, 36 and 44: servers that say too little, too late or too slowly.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/black_hole.h"
#include "tests/support/http_server.h"
#include "tests/support/net_namespace.h"

namespace gaikei {
namespace {

using support::CableOfNamespaces;
using support::Connection;
using support::HttpResponse;
using support::HttpServer;
using support::TcpServer;
using namespace std::chrono_literals;

constexpr const char* kResponseTimeout = "fail response_timeout processing";
constexpr const char* kTransferTimeout = "fail transfer_timeout transfer";
constexpr auto kBrief = 300ms;  ///< as Briefly() has it

/// Says the bytes at once, and then one more at a time, for ever.
TcpServer::Handler Trickling(const std::string& at_once, const std::string& then) {
  return [at_once, then](Connection& c) {
    c.ReadUntil("\r\n\r\n");
    c.Write(at_once);
    for (std::size_t i = 0; !c.Pause(40ms) && c.Write(then.substr(i % then.size(), 1));) ++i;
  };
}

/// The deadline ended it, and the phase that it ended carries the time.
void EndedAtTheDeadline(const Observation& seen) {
  EXPECT_GE(seen.duration, kBrief);
  EXPECT_GE(*seen.phases[*seen.phase], kBrief / 2);
  EXPECT_EQ(seen.message.rfind("timeout after 300ms: ", 0), 0U) << seen.message;
}

void Trickled(const Observation& seen) {
  EndedAtTheDeadline(seen);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
}

void NeverATimeout(const Observation& seen) {
  EXPECT_LT(seen.duration, 5s);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
}

HostileScene FullBacklog() {
  auto hole = std::make_shared<support::BlackHole>();
  const std::string url = "http://127.0.0.1:" + std::to_string(hole->port()) + "/";
  return {.server = std::move(hole), .url = url, .asks = Briefly};
}

/// A server at the other end of a cable.
struct FarServer {
  CableOfNamespaces cable;
  std::unique_ptr<HttpServer> server;

  FarServer() {
    support::RunInNamespace(cable.target(), [this] {
      server = std::make_unique<HttpServer>(
          [](const support::HttpRequest&) { return HttpResponse{.body = "far"}; },
          support::ListenOptions{.address = CableOfNamespaces::kTarget4});
    });
  }
};

HostileScene SynNeverAnswered() {
  auto far = std::make_shared<FarServer>();
  far->cable.DropPort(far->server->port());
  const std::string url = far->server->Url();
  const int from = far->cable.prober();
  return {.server = std::move(far), .url = url, .asks = Briefly, .network_namespace = from};
}

HostileScene FirstSynLost() {
  auto far = std::make_shared<FarServer>();
  far->cable.DropOnce(far->server->port());
  const std::string url = far->server->Url();
  const int from = far->cable.prober();
  FarServer* server = far.get();
  return {.server = std::move(far),
          .url = url,
          .verify = [server] { EXPECT_EQ(server->server->connections(), 1U); },
          .network_namespace = from};
}

/// Answers with keep-alive, and closes the connection when it has stood for a while.
HostileScene ClosesBetweenSlots() {
  auto server = std::make_shared<TcpServer>([](Connection& c) {
    c.ReadUntil("\r\n\r\n");
    c.Write("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
    c.CloseGracefully();
  });
  TcpServer* told = server.get();
  const std::string url = "http://" + server->Authority() + "/";
  return {.server = std::move(server), .url = url, .verify = [told] {
            EXPECT_EQ(told->connections(), 2U);
          }};
}

/// Answers at the deadline, each time a little later.
HostileScene AnswersAtTheDeadline() {
  return Plain(
      [](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        const auto step = std::chrono::milliseconds(c.number() % 5);
        c.Pause(kBrief - 5ms + step * 5 / 2);
        c.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        c.CloseGracefully();
      },
      Briefly);
}

}  // namespace

std::vector<HostileRow> HostileConnections() {
  const std::string either = std::string("pass | ") + kResponseTimeout + " | " + kTransferTimeout;
  return {
      {.number = 1,
       .title = "ClosesAtOnce",
       .make = [] { return Plain([](Connection& c) { c.CloseGracefully(); }); },
       .verdicts = {"fail truncated processing"},
       .look = NeverATimeout},
      {.number = 1,
       .title = "ClosesWithoutAnAnswer",
       .make = [] { return Saying(""); },
       .verdicts = {"fail truncated processing"},
       .look = NeverATimeout},
      {.number = 1,
       .title = "ResetsAtOnce",
       .make = [] { return Plain([](Connection& c) { c.Reset(); }); },
       // Ten times: the reset races with our looking at the connection.
       .verdicts = std::vector<std::string>(10, "fail reset processing"),
       .look = NeverATimeout},
      {.number = 1,
       .title = "ResetsWithoutAnAnswer",
       .make =
           [] {
             return Plain([](Connection& c) {
               c.ReadUntil("\r\n\r\n");
               c.Reset();
             });
           },
       .verdicts = {"fail reset processing"},
       .look = NeverATimeout},
      {.number = 2,
       .title = "NeverAnswers",
       .make = [] { return Plain([](Connection& c) { c.WaitUntilClosed(); }, Briefly); },
       .verdicts = {kResponseTimeout},
       .words = "no byte of an answer",
       .look = EndedAtTheDeadline},
      {.number = 2,
       .title = "NeverReads",
       .make = [] { return Plain([](Connection& c) { c.Hold(); }, Briefly); },
       .verdicts = {kResponseTimeout},
       .look = EndedAtTheDeadline},
      {.number = 3,
       .title = "SynNeverAnswered",
       .make = SynNeverAnswered,
       .verdicts = {"fail connect_timeout connect"},
       .look =
           [](const Observation& seen) { EXPECT_GE(*seen.phases[Phase::kConnect], kBrief / 2); }},
      {.number = 3,
       .title = "ListenBacklogFull",
       .make = FullBacklog,
       .verdicts = {"fail connect_timeout connect"},
       .look =
           [](const Observation& seen) { EXPECT_GE(*seen.phases[Phase::kConnect], kBrief / 2); }},
      {.number = 4,
       .title = "FirstSynLost",
       .make = FirstSynLost,
       .verdicts = {"pass"},
       .status = 200,
       .look =
           [](const Observation& seen) {
             EXPECT_GE(*seen.phases[Phase::kConnect], 900ms);
             EXPECT_LT(*seen.phases[Phase::kProcessing], *seen.phases[Phase::kConnect]);
           }},
      {.number = 5,
       .title = "SlowHeader",
       .make = [] { return Plain(Trickling("H", "TTP/1.1 200 OK\r\nX: y\r\n"), Briefly); },
       .verdicts = {kTransferTimeout},
       .words = "answer not complete",
       .look = Trickled},
      {.number = 5,
       .title = "HeaderThatStops",
       .make =
           [] {
             return Plain(
                 [](Connection& c) {
                   c.ReadUntil("\r\n\r\n");
                   c.Write("HTTP/1.1 200 OK\r\nX: y\r\n");
                   c.WaitUntilClosed();
                 },
                 Briefly);
           },
       .verdicts = {kTransferTimeout},
       .status = 200,
       .look = Trickled},
      {.number = 6,
       .title = "SlowBody",
       .make =
           [] {
             return Plain(Trickling("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "x"),
                          Briefly);
           },
       .verdicts = {kTransferTimeout},
       .status = 200,
       .words = "answer not complete",
       .look =
           [](const Observation& seen) {
             Trickled(seen);
             EXPECT_EQ(seen.http->content_length, 1000U);
             EXPECT_GE(seen.http->size, 1U);
           }},
      {.number = 7,
       .title = "TricklesForEver",
       .make =
           [] {
             return Plain(
                 Trickling("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
                 Briefly);
           },
       .verdicts = {kTransferTimeout},
       .status = 200,
       .look = Trickled},
      {.number = 7,
       .title = "TricklesHeaderLinesForEver",
       .make = [] { return Plain(Trickling("HTTP/1.1 200 OK\r\n", "X: y\r\n"), Briefly); },
       .verdicts = {kTransferTimeout},
       .status = 200,
       .look = Trickled},
      {.number = 36,
       .title = "ClosesTheIdleConnectionBetweenSlots",
       .make = ClosesBetweenSlots,
       .verdicts = {"pass", "pass"},
       .status = 200},
      {.number = 44,
       .title = "AnswersAtTheDeadline",
       .make = AnswersAtTheDeadline,
       .verdicts = std::vector<std::string>(10, either),
       // Whatever it was: an answer that was read has its status.
       .status = -1},
  };
}

}  // namespace gaikei
