/// 22 to 26: redirects that cannot, must not or need not be followed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checks/hostile_rows.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/net_namespace.h"
#include "tests/support/subprocess.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;

/// A server whose "/" points to a place, and which has everything else.
struct Pointing {
  /// "AUTHORITY" in the location stands for the server's own.
  explicit Pointing(const std::vector<std::string>& locations, int status = 302)
      : server([this, locations, status](const HttpRequest& request) {
          if (request.target != "/") return HttpResponse{.body = "there"};
          HttpResponse response{.status = status};
          for (std::string location : locations) {
            static const std::string kMark = "AUTHORITY";
            const std::size_t at = location.find(kMark);
            if (at != std::string::npos) location.replace(at, kMark.size(), server.Authority());
            response.headers.emplace_back("Location", location);
          }
          return response;
        }) {}

  HttpServer server;
};

HostileScene PointingTo(const std::vector<std::string>& locations,
                        std::function<void(CheckSpec&)> asks = {}) {
  auto pointing = std::make_shared<Pointing>(locations);
  const std::string url = pointing->server.Url();
  return {.server = std::move(pointing), .url = url, .asks = std::move(asks)};
}

/// As PointingTo(), and the server was then asked for `target`.
HostileScene LeadingTo(const std::string& location, const std::string& target) {
  auto pointing = std::make_shared<Pointing>(std::vector<std::string>{location});
  Pointing* told = pointing.get();
  const std::string url = pointing->server.Url();
  return {.server = std::move(pointing), .url = url, .verify = [told, target] {
            const auto requests = told->server.Requests();
            ASSERT_EQ(requests.size(), 2U);
            EXPECT_EQ(requests[1].target, target);
          }};
}

std::function<void(const Observation&)> Hops(std::size_t count) {
  return [count](const Observation& seen) { EXPECT_EQ(seen.http->redirects.size(), count); };
}

HostileRow Row(int number, const std::string& title, std::function<HostileScene()> make,
               const std::string& verdict, int status, std::size_t hops) {
  return {.number = number,
          .title = title,
          .make = std::move(make),
          .verdicts = {verdict},
          .status = status,
          .look = Hops(hops)};
}

HostileScene TwoNotFollowed() {
  return PointingTo({"/a", "/b"}, [](CheckSpec& spec) {
    spec.http.max_redirects = 0;
    spec.expect = {Expect("status == 302")};
  });
}

std::vector<HostileRow> Locations() {
  HostileRow noted = Row(22, "TwoDifferentNotFollowed", TwoNotFollowed, "pass", 302, 0);
  noted.note = "two different Location";
  const auto leading = [](const std::string& title, const std::string& location,
                          const std::string& target) {
    return Row(
        23, title, [location, target] { return LeadingTo(location, target); }, "pass", 200, 1);
  };
  return {
      Row(
          22, "TwoDifferentLocations",
          [] {
            return PointingTo({"/a", "/b"});
          },
          "fail protocol_error", 302, 0),
      noted,
      Row(
          22, "TwoEqualLocations",
          [] {
            return PointingTo({"/a", "/a"});
          },
          "pass", 200, 1),
      Row(
          23, "BlankLocation", [] { return PointingTo({"   "}); }, "fail expect_status", 302, 0),
      Row(
          23, "EmptyLocation", [] { return PointingTo({""}); }, "fail expect_status", 302, 0),
      leading("ThreeSlashes", "http:///AUTHORITY/x", "/x"),
      Row(
          23, "FourSlashes", [] { return PointingTo({"http:////AUTHORITY/x"}); },
          "fail protocol_error", 302, 0),
      leading("Spaces", "/a b", "/a%20b"),
      leading("Utf8", "/\xc3\xa4", "/%c3%a4"),
      leading("TwoSlashes", "//AUTHORITY/x", "/x"),
  };
}

HostileScene Chain(std::size_t length) {
  auto server = std::make_shared<HttpServer>([length](const HttpRequest& request) {
    const std::size_t hop = request.target == "/" ? 0 : std::stoul(request.target.substr(1));
    if (hop >= length) return HttpResponse{.body = "end"};
    return HttpResponse{.status = 302, .headers = {{"Location", "/" + std::to_string(hop + 1)}}};
  });
  const std::string url = server->Url();
  return {.server = std::move(server), .url = url};
}

std::vector<HostileRow> TooManyAndSchemes() {
  std::vector<HostileRow> rows = {
      Row(
          24, "Loop", [] { return PointingTo({"/"}); }, "fail too_many_redirects", 302, 10),
      Row(
          24, "ChainOf50", [] { return Chain(50); }, "fail too_many_redirects", 302, 10),
      Row(
          24, "ChainOf10", [] { return Chain(10); }, "pass", 200, 10),
      Row(
          25, "BlockedThoughTheStatusWasExpected",
          [] { return PointingTo({"file:///etc/passwd"}, Expecting("status == 302")); },
          "fail scheme_blocked", 302, 0),
  };
  for (const auto& [title, location] :
       std::vector<std::pair<std::string, std::string>>{{"ToFile", "file:///etc/passwd"},
                                                        {"ToGopher", "gopher://127.0.0.1:70/_x"},
                                                        {"ToFtp", "ftp://127.0.0.1/"},
                                                        {"ToDict", "dict://127.0.0.1:2628/d:x"}}) {
    rows.push_back(Row(
        25, title, [location = location] { return PointingTo({location}); }, "fail scheme_blocked",
        302, 0));
  }
  return rows;
}

/// A server that points to another one.
struct Pair {
  HttpServer other{[](const HttpRequest&) { return HttpResponse{}; }};
  HttpServer server{[this](const HttpRequest&) {
    return HttpResponse{.status = 307, .headers = {{"Location", other.Url("/x")}}};
  }};
};

void WithSecrets(CheckSpec& spec) {
  spec.http.method = "POST";
  spec.http.headers.emplace_back("X-Api-Key", Secret("canary"));
  spec.http.headers.emplace_back("Cookie", Secret("session=canary"));
  spec.http.has_body = true;
  spec.http.body = Secret("canary");
}

HostileScene ToAnotherHost() {
  auto pair = std::make_shared<Pair>();
  Pair* told = pair.get();
  return {.server = std::move(pair),
          .url = "http://user:canary@" + told->server.Authority() + "/",
          .asks = WithSecrets,
          .verify = [told] {
            const auto requests = told->other.Requests();
            ASSERT_EQ(requests.size(), 1U);
            EXPECT_EQ(requests[0].body, "");
            EXPECT_EQ(requests[0].Header("Authorization"), "");
            for (const auto& [name, value] : requests[0].headers) {
              EXPECT_THAT(value, testing::Not(HasSubstr("canary"))) << name;
            }
          }};
}

HostileScene ToPlainText() {
  return Secure([](support::Connection& c) {
    c.ReadUntil("\r\n\r\n");
    c.Write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n");
    c.CloseGracefully();
  });
}

constexpr const char* kPublic = "11.22.33.44";

/// A machine with a public address, whose server there points to its metadata service.
struct Metadata {
  support::CableOfNamespaces cable;
  std::unique_ptr<HttpServer> server;

  Metadata() {
    support::RunToEnd({.argv = {"ip", "addr", "add", std::string(kPublic) + "/32", "dev", "lo"},
                       .network_namespace = cable.prober()});
    support::RunInNamespace(cable.prober(), [this] {
      server = std::make_unique<HttpServer>(
          [](const HttpRequest&) {
            return HttpResponse{.status = 302,
                                .headers = {{"Location", "http://169.254.169.254/latest/"}}};
          },
          support::ListenOptions{.address = kPublic});
    });
  }
};

HostileScene ToAPrivateAddress() {
  auto metadata = std::make_shared<Metadata>();
  const std::string url = metadata->server->Url();
  const int from = metadata->cable.prober();
  return {.server = std::move(metadata), .url = url, .network_namespace = from};
}

std::vector<HostileRow> Elsewhere() {
  HostileRow metadata =
      Row(26, "ToAPrivateAddress", ToAPrivateAddress, "unknown address_blocked", 302, 1);
  metadata.look = [](const Observation& seen) {
    EXPECT_EQ(seen.blame, Blame::kTarget);
    EXPECT_EQ(seen.http->redirects.size(), 1U);
  };
  return {
      Row(26, "ToAnotherHost", ToAnotherHost, "pass", 200, 1),
      Row(26, "FromHttpsToHttp", ToPlainText, "fail scheme_blocked", 302, 0),
      metadata,
  };
}

}  // namespace

std::vector<HostileRow> HostileRedirects() {
  std::vector<HostileRow> all;
  for (auto part : {&Locations, &TooManyAndSchemes, &Elsewhere}) {
    for (HostileRow& row : part()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace gaikei
