/// Posts that arrive, on real sockets: what is sent, what comes back, over which connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <optional>
#include <string>

#include "tests/checks/transport/rig.h"
#include "tests/support/deflate.h"
#include "tests/support/http_server.h"
#include "tests/support/loop_fixture.h"
#include "tests/support/nginx.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;
using testing::Not;

HttpResponse Ok(const HttpRequest&) { return {}; }

TEST(Transport, SendsWhatItIsGiven) {
  HttpServer server([](const HttpRequest&) {
    return HttpResponse{.status = 202, .headers = {{"X-Seen", "1"}, {"x-seen", "2"}}, .body = "ok"};
  });
  UpstreamTransportSpec spec = UpstreamAt(server.Url("/base"));
  spec.headers = {{"X-Scope-OrgID", Secret("tenant", false)}, {"User-Agent", Secret("own", false)}};
  TransportRig rig(spec);
  PostRequest request = rig.Request("the body");
  request.url = server.Url("/base/v1/metrics?a=b%20c");
  request.headers = {{"Content-Type", Secret("application/x-protobuf", false)},
                     {"User-Agent", Secret("gaikei/1", false)}};
  const PostResponse response = rig.Post(std::move(request));
  EXPECT_EQ(response.status, 202) << response.error;
  EXPECT_EQ(response.body, "ok");
  EXPECT_FALSE(response.is_cut_off);
  EXPECT_EQ(response.Header("x-seen"), "2");
  EXPECT_EQ(response.Header("x-none"), "");

  const auto requests = server.Requests();
  ASSERT_EQ(requests.size(), 1U);
  const HttpRequest& seen = requests[0];
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/base/v1/metrics?a=b%20c");
  EXPECT_EQ(seen.version, "HTTP/1.1");
  EXPECT_EQ(seen.body, "the body");
  EXPECT_EQ(seen.Header("Content-Length"), "8");
  EXPECT_EQ(seen.Header("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(seen.Header("X-Scope-OrgID"), "tenant");
  EXPECT_EQ(seen.Header("Expect"), "");
  EXPECT_EQ(seen.Header("Cookie"), "");
  // What the configuration says takes the place of what the protocol says.
  std::size_t agents = 0;
  for (const auto& [name, value] : seen.headers) agents += name == "User-Agent" ? 1 : 0;
  EXPECT_EQ(agents, 1U);
  EXPECT_EQ(seen.Header("User-Agent"), "own");
}

TEST(Transport, SendsOtherMethodsAndNoBody) {
  HttpServer server(Ok);
  TransportRig rig(UpstreamAt(server.Url()));
  for (const char* method : {"GET", "PUT", "DELETE", "POST"}) {
    PostRequest request = rig.Request("");
    request.method = method;
    EXPECT_EQ(rig.Post(std::move(request)).status, 200);
    EXPECT_EQ(server.Requests().back().method, method);
    EXPECT_EQ(server.Requests().back().body, "");
  }
  PostRequest request = rig.Request("changed");
  request.method = "PUT";
  EXPECT_EQ(rig.Post(std::move(request)).status, 200);
  EXPECT_EQ(server.Requests().back().method, "PUT");
  EXPECT_EQ(server.Requests().back().body, "changed");
}

TEST(Transport, ProvesWhoAsks) {
  HttpServer server(Ok);
  UpstreamTransportSpec spec = UpstreamAt(server.Url());
  spec.user = Secret("probe");
  spec.password = Secret("p:\xc3\xa9 x");
  EXPECT_EQ(TransportRig(spec).Post().status, 200);
  EXPECT_EQ(server.Requests().back().Header("Authorization"), "Basic cHJvYmU6cDrDqSB4");
  spec = UpstreamAt(server.Url());
  spec.bearer = Secret("canary-token");
  spec.headers = {{"authorization", Secret("another")}};
  EXPECT_EQ(TransportRig(spec).Post().status, 200);
  EXPECT_EQ(server.Requests().back().Header("Authorization"), "Bearer canary-token");
}

TEST(Transport, UndoesGzipAndGivesWhatIsPlainAsItCame) {
  HttpServer server([](const HttpRequest& request) {
    const bool is_packed = request.Header("Accept-Encoding") == "gzip" && request.target == "/gzip";
    if (!is_packed) return HttpResponse{.body = "plain"};
    return HttpResponse{.headers = {{"Content-Encoding", "gzip"}}, .body = support::Gzip("packed")};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  EXPECT_EQ(rig.Post().body, "plain");
  PostRequest request = rig.Request();
  request.url = server.Url("/gzip");
  EXPECT_EQ(rig.Post(std::move(request)).body, "packed");
}

TEST(Transport, CutsAnAnswerOffThatIsTooLong) {
  HttpServer server([](const HttpRequest& request) {
    const std::size_t more = request.target == "/more" ? 1 : 0;
    return HttpResponse{.status = 400, .body = std::string(kAnswerLimit + more, 'x')};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  PostResponse response = rig.Post();
  EXPECT_EQ(response.status, 400) << response.error;
  EXPECT_FALSE(response.is_cut_off);
  EXPECT_EQ(response.body.size(), kAnswerLimit);
  PostRequest request = rig.Request();
  request.url = server.Url("/more");
  response = rig.Post(std::move(request));
  EXPECT_EQ(response.status, 400) << response.error;
  EXPECT_TRUE(response.is_cut_off);
  EXPECT_EQ(response.body.size(), kAnswerLimit);
  EXPECT_EQ(rig.Post().status, 400);  // and the next one is not harmed
}

TEST(Transport, CutsAnAnswerOffThatNeverEnds) {
  support::TcpServer server([](support::Connection& connection) {
    support::ReadHttpRequest(connection);
    connection.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    while (connection.Write(chunk)) {
    }
  });
  TransportRig rig(UpstreamAt("http://" + server.Authority() + "/"));
  const PostResponse response = rig.Post();
  EXPECT_EQ(response.status, 200) << response.error;
  EXPECT_TRUE(response.is_cut_off);
  EXPECT_EQ(response.body.size(), kAnswerLimit);
}

TEST(Transport, FollowsNoRedirect) {
  HttpServer server([](const HttpRequest&) {
    return HttpResponse{.status = 308, .headers = {{"Location", "/elsewhere"}}};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  const PostResponse response = rig.Post();
  EXPECT_EQ(response.status, 308);
  EXPECT_EQ(response.Header("location"), "/elsewhere");
  EXPECT_EQ(server.Requests().size(), 1U);
}

TEST(Transport, SendsAHundredPostsOverOneConnection) {
  HttpServer server([](const HttpRequest& request) { return HttpResponse{.body = request.body}; });
  TransportRig rig(UpstreamAt(server.Url()));
  for (int i = 0; i < 100; ++i) {
    const std::string body = "post " + std::to_string(i);
    const PostResponse response = rig.Post(body);
    ASSERT_EQ(response.status, 200) << response.error;
    ASSERT_EQ(response.body, body);
  }
  EXPECT_EQ(server.Requests().size(), 100U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Transport, MakesAnotherConnectionWhileTheFirstIsInUseAndKeepsBoth) {
  support::StopSignal go;
  HttpServer server([&go](const HttpRequest& request) {
    if (request.target == "/wait") support::WaitFor(go.fd(), POLLIN, nullptr, support::kFailsafe);
    return HttpResponse{};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  PostRequest request = rig.Request();
  request.url = server.Url("/wait");
  std::optional<PostResponse> first;
  const auto call =
      rig->Post(std::move(request), [&](PostResponse came) { first = std::move(came); });
  ASSERT_TRUE(support::RunUntil(rig.loop(), [&] { return server.Requests().size() == 1; }));
  EXPECT_EQ(rig.Post().status, 200);
  go.Raise();
  ASSERT_TRUE(support::RunUntil(rig.loop(), [&] { return first.has_value(); }));
  EXPECT_EQ(first->status, 200);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rig.Post().status, 200);
  EXPECT_EQ(server.connections(), 2U);
}

TEST(Transport, SendsALargeBodyWhole) {
  constexpr std::size_t kSize = std::size_t{64} << 20U;
  HttpServer server([](const HttpRequest& request) {
    const bool is_whole =
        request.body.size() == kSize && request.body.find_first_not_of('x') == std::string::npos;
    return HttpResponse{.status = is_whole ? 200 : 500};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  PostRequest request = rig.Request(std::string(kSize, 'x'));
  request.timeout = support::kFailsafe;
  EXPECT_EQ(rig.Post(std::move(request)).status, 200);
}

TEST(Transport, IsSilentOnceACallWasDestroyed) {
  support::StopSignal go;
  HttpServer server([&go](const HttpRequest& request) {
    if (request.body == "cancelled") {
      support::WaitFor(go.fd(), POLLIN, nullptr, support::kFailsafe);
    }
    return HttpResponse{};
  });
  TransportRig rig(UpstreamAt(server.Url()));
  bool was_called = false;
  auto call = rig->Post(rig.Request("cancelled"), [&](PostResponse) { was_called = true; });
  call.reset();  // nothing was begun
  call = rig->Post(rig.Request("cancelled"), [&](PostResponse) { was_called = true; });
  ASSERT_TRUE(support::RunUntil(rig.loop(), [&] { return server.Requests().size() == 1; }));
  call.reset();  // it waits for an answer
  go.Raise();
  EXPECT_EQ(rig.Post("another").status, 200);
  EXPECT_FALSE(was_called);
  EXPECT_EQ(server.connections(), 2U);  // that of a request without an answer is not used again
}

TEST(Transport, MayBeDestroyedWithACallInFlight) {
  HttpServer server(Ok);
  auto rig = std::make_unique<TransportRig>(UpstreamAt(server.Url()));
  std::unique_ptr<Transport::Call> call;
  bool was_called = false;
  call = rig->transport().Post(rig->Request(), [&](PostResponse) {
    was_called = true;
    call.reset();  // may be destroyed by what it calls
  });
  EXPECT_TRUE(support::RunUntil(rig->loop(), [&] { return was_called; }));
  call = rig->transport().Post(rig->Request(), [](PostResponse) { FAIL(); });
  call.reset();
  rig.reset();
}

TEST(Transport, ReachesNginxWhichWantsCredentials) {
  const support::TempDir files;
  const std::string users = files.Write("users", "probe:{PLAIN}right-one\n");
  const support::Nginx nginx({.server = "auth_basic shop;\nauth_basic_user_file " + users +
                                        ";\nlocation = /hello { try_files /page =404; }"});
  nginx.root().Write("page", "hello");
  UpstreamTransportSpec spec = UpstreamAt(nginx.Url());
  TransportRig anonymous(spec);
  PostRequest request = anonymous.Request("");
  request.method = "GET";
  EXPECT_EQ(anonymous.Post(std::move(request)).status, 401);
  spec.user = Secret("probe");
  spec.password = Secret("right-one");
  TransportRig rig(spec);
  request = rig.Request("");
  request.method = "GET";
  const PostResponse response = rig.Post(std::move(request));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hello");
}

/// Everything that came is sent back, in every place there is.
HttpResponse Echo(const HttpRequest& request) {
  std::string all;
  HttpResponse response{.status = 400};
  for (const auto& [name, value] : request.headers) {
    response.headers.emplace_back("X-" + name, value);
    all += name + ": " + value + "\n";
  }
  response.body = all;
  return response;
}

std::string Everything(const PostResponse& response) {
  std::string all = response.error + "\n" + response.body;
  for (const auto& [name, value] : response.headers) all += "\n" + name + ": " + value;
  return all;
}

TEST(Transport, HidesWhatAServerSaysBack) {
  HttpServer server(Echo);
  UpstreamTransportSpec spec = UpstreamAt(server.Url());
  spec.user = Secret("probe");
  spec.password = Secret("canary-password");
  spec.headers = {{"X-Api-Key", Secret("canary-header")}, {"X-Plain", Secret("visible", false)}};
  TransportRig rig(spec);
  PostRequest request = rig.Request();
  request.headers = {{"X-Protocol-Key", Secret("canary-protocol")}};
  const PostResponse response = rig.Post(std::move(request));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(server.Requests().at(0).Header("X-Protocol-Key"), "canary-protocol");
  const std::string all = Everything(response);
  EXPECT_THAT(all, Not(HasSubstr("canary")));
  EXPECT_THAT(all, Not(HasSubstr("cHJvYmU6Y2FuYXJ5LXBhc3N3b3Jk")));
  EXPECT_EQ(response.Header("x-x-plain"), "visible");
  EXPECT_EQ(response.body, "<secret>");
}

TEST(Transport, HidesWhatAServerPutsIntoItsFaults) {
  HttpServer server([](const HttpRequest& request) {
    return HttpResponse{.raw = "HTTP/1.1 2xx " + request.Header("Authorization") + "\r\n\r\n"};
  });
  UpstreamTransportSpec spec = UpstreamAt(server.Url());
  spec.bearer = Secret("canary-token");
  const PostResponse response = TransportRig(spec).Post();
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(Everything(response), Not(HasSubstr("canary")));
}

TEST(Transport, RefusesWhatItCannotSend) {
  HttpServer server(Ok);
  TransportRig rig(UpstreamAt(server.Url()));
  PostRequest request = rig.Request();
  request.url = "http://127.0.0.1:1/elsewhere";
  EXPECT_THAT(rig.Post(std::move(request)).error, HasSubstr("another origin"));
  request = rig.Request();
  request.url = "not a url";
  EXPECT_THAT(rig.Post(std::move(request)).error, HasSubstr("url: "));
  request = rig.Request();
  request.headers = {{"X-Key", Secret("canary\r\nX-Other: 1")}};
  EXPECT_THAT(rig.Post(std::move(request)).error,
              AllOf(HasSubstr("X-Key"), Not(HasSubstr("canary"))));
  EXPECT_TRUE(server.Requests().empty());
}

TEST(TransportSpec, IsRefusedInOneLineWithoutSecrets) {
  const auto why = [](auto change) {
    UpstreamTransportSpec spec = UpstreamAt("https://upstream.example/");
    change(spec);
    std::string text = WhyNoTransport(spec);
    EXPECT_THAT(text, Not(HasSubstr("canary")));
    EXPECT_THAT(text, Not(HasSubstr("\n")));
    return text;
  };
  using Spec = UpstreamTransportSpec;
  EXPECT_EQ(why([](Spec&) {}), "");
  EXPECT_THAT(why([](Spec& spec) { spec.url = ""; }), HasSubstr("url: "));
  EXPECT_EQ(why([](Spec& spec) { spec.url = "ftp://x/"; }), "url: neither http nor https");
  EXPECT_THAT(why([](Spec& spec) { spec.url = "https://me:canary@x/"; }),
              HasSubstr("has credentials"));
  EXPECT_THAT(why([](Spec& spec) { spec.proxy = "https://proxy:8080"; }),
              HasSubstr("proxy: it is"));
  EXPECT_THAT(why([](Spec& spec) { spec.proxy = "http://me:canary@proxy:8080"; }),
              HasSubstr("proxy: has credentials"));
  EXPECT_THAT(why([](Spec& spec) { spec.proxy = "socks5://proxy"; }), HasSubstr("no port"));
  EXPECT_THAT(why([](Spec& spec) { spec.cacert = "/nowhere/ca.pem"; }),
              HasSubstr("/nowhere/ca.pem"));
  EXPECT_THAT(why([](Spec& spec) { spec.cert = "/nowhere/cert.pem"; }),
              HasSubstr("/nowhere/cert.pem"));
  EXPECT_THAT(why([](Spec& spec) { spec.bearer = Secret("canary\n"); }), HasSubstr("line break"));
  EXPECT_THAT(why([](Spec& spec) {
                spec.headers = {{"X-Key", Secret("canary\r\n")}};
              }),
              HasSubstr("line break or NUL in X-Key"));
  EXPECT_THAT(why([](Spec& spec) {
                spec.headers = {{"X Key", Secret("canary")}};
              }),
              HasSubstr("no name of a field"));
}

}  // namespace
}  // namespace gaikei
