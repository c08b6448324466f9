/// Unix sockets, and an address, SNI and Host that are set apart.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/checks/transport_rig.h"
#include "tests/support/nginx.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using testing::HasSubstr;

CheckSpec UnixSpec(const std::string& path, const std::string& target = "http://shop.example/") {
  CheckSpec spec = TransportSpec(target);
  spec.http.unix_socket = path;
  return spec;
}

/// A unix socket of that path, listening or not.
support::Fd Bound(const std::string& path, bool listens) {
  support::Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  if (listens) {
    EXPECT_EQ(listen(fd.get(), 0), 0);
  }
  return fd;
}

TEST(HttpUnixSocket, ReachesARealServerAndTellsItsHost) {
  const support::TempDir work;
  support::NginxOptions options;
  const std::string path = work.Path("web.sock");
  options.http = "server { listen unix:" + path + "; location / { return 200 \"$host\\n\"; } }";
  const support::Nginx nginx(options);
  CheckSpec spec = UnixSpec(path);
  spec.http.reuses_connection = true;
  spec.expect.push_back(*expect::Expression::Compile("body contains 'shop.example'", "http"));
  const auto slots = RunSlots(spec, 2);
  const Observation& seen = slots[0];
  EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
  EXPECT_EQ(seen.address, "");
  EXPECT_FALSE(seen.phases[Phase::kResolve]);
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.tcp);
  EXPECT_THAT(seen.http->notes, testing::ElementsAre("connected to " + path));
  EXPECT_EQ(VerdictOf(slots[1]), "pass") << slots[1].message;
  EXPECT_EQ(slots[1].http->is_reused, true);
  EXPECT_FALSE(slots[1].phases[Phase::kConnect]);
}

TEST(HttpUnixSocket, ThatNobodyListensAtIsRefusedAndThatIsNotThereUnreachable) {
  const support::TempDir work;
  const std::string path = work.Path("a.sock");
  Observation seen = RunOnce(UnixSpec(path));
  EXPECT_EQ(VerdictOf(seen), "fail connect_unreachable connect");
  EXPECT_THAT(seen.message, HasSubstr(path));
  const support::Fd fd = Bound(path, false);
  seen = RunOnce(UnixSpec(path));
  EXPECT_EQ(VerdictOf(seen), "fail connect_refused connect");
  EXPECT_THAT(seen.message, HasSubstr(path));
  seen = RunOnce(UnixSpec(work.Write("file", "x")));
  EXPECT_EQ(VerdictOf(seen), "fail connect_refused connect");
}

TEST(HttpUnixSocket, WithAFullQueueIsWaitedForUntilTheDeadline) {
  const support::TempDir work;
  const std::string path = work.Path("full.sock");
  const support::Fd fd = Bound(path, true);
  std::vector<support::Fd> waiting;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  while (true) {
    support::Fd client(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ASSERT_EQ(errno, EAGAIN);
      break;
    }
    waiting.push_back(std::move(client));
  }
  CheckSpec spec = UnixSpec(path);
  spec.timeout = std::chrono::milliseconds(200);
  const Observation seen = RunOnce(spec);
  EXPECT_EQ(VerdictOf(seen), "fail connect_timeout connect");
  EXPECT_THAT(seen.message, HasSubstr(path));
}

TEST(HttpUnixSocket, IsTheOnlyWayToTheTarget) {
  CheckSpec spec = UnixSpec("/run/web.sock");
  spec.address = "127.0.0.1";
  EXPECT_THAT(WhyNoCheck(spec), HasSubstr("unix_socket beside address"));
  EXPECT_THAT(WhyNoCheck(UnixSpec("web.sock")), HasSubstr("not an absolute path"));
  EXPECT_THAT(WhyNoCheck(UnixSpec("/" + std::string(200, 'x'))), HasSubstr("at most 107 bytes"));
}

TEST(HttpFixedAddress, IsApartFromTheServerNameAndTheHostHeader) {
  const io::CertifiedKey key = io::MakeCertificate({.dns_names = {"sni.example"}});
  support::NginxOptions options;
  options.certificate = key;
  options.server =
      "location = /hello { return 200 \"$ssl_server_name $http_host $server_addr "
      "$server_protocol\";"
      " }";
  const support::Nginx nginx(options);
  const std::string port = std::to_string(nginx.secure_port());
  for (const HttpVersion version : {HttpVersion::k1_1, HttpVersion::k2}) {
    for (const bool has_host : {false, true}) {
      CheckSpec spec = TransportSpec("https://url.example:" + port + "/hello");
      spec.address = "127.0.0.1";
      spec.tls.server_name = "sni.example";
      const support::TempDir work;
      spec.tls.cacert = work.Write("root.pem", key.certificate);
      spec.http.version = version;
      if (has_host) spec.http.headers.emplace_back("Host", Secret("host.example", false));
      const std::string host = has_host ? "host.example" : "url.example:" + port;
      const std::string protocol = version == HttpVersion::k2 ? "HTTP/2.0" : "HTTP/1.1";
      spec.expect.push_back(*expect::Expression::Compile(
          "body == 'sni.example " + host + " 127.0.0.1 " + protocol + "'", "http"));
      const Observation seen = RunOnce(spec);
      EXPECT_EQ(VerdictOf(seen), "pass") << seen.message;
      EXPECT_EQ(seen.address, "127.0.0.1");
      ASSERT_TRUE(seen.tls);
      EXPECT_EQ(seen.tls->server_name, "sni.example");
      EXPECT_EQ(seen.tls->matched_name, "sni.example");
    }
  }
}

}  // namespace
}  // namespace gaikei
