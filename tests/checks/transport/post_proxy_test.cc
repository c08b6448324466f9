/// Posts through proxies: squid and danted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/transport/rig.h"
#include "tests/support/dante.h"
#include "tests/support/free_port.h"
#include "tests/support/http_server.h"
#include "tests/support/nginx.h"
#include "tests/support/squid.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using testing::HasSubstr;
using testing::Not;

UpstreamTransportSpec Through(const std::string& scheme, std::uint16_t port,
                              const std::string& url) {
  UpstreamTransportSpec spec = UpstreamAt(url);
  spec.proxy = scheme + "://127.0.0.1:" + std::to_string(port);
  return spec;
}

HttpResponse Ok(const HttpRequest&) { return {}; }

TEST(TransportProxy, IsAskedForPlainUpstreamsInAbsoluteForm) {
  const support::Squid squid;
  HttpServer server(Ok);
  TransportRig rig(Through("http", squid.port(), server.Url("/write")));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rig.Post("body " + std::to_string(i)).status, 200);
  ASSERT_EQ(server.Requests().size(), 3U);
  EXPECT_EQ(server.Requests()[2].body, "body 2");
  EXPECT_NE(server.Requests()[2].Header("Via"), "");
  EXPECT_TRUE(squid.WaitForLog("POST http://127.0.0.1")) << squid.log();
}

TEST(TransportProxy, IsAskedForATunnelAndTheUpstreamAloneSeesWhatIsSent) {
  const support::Squid squid(true);
  const support::TempDir files;
  const auto root = io::MakeCertificate({.common_name = "root", .is_ca = true});
  const auto leaf = io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &root});
  const support::Nginx nginx(
      {.server = "location = /hello { return 200 \"$server_protocol $connection_requests\"; }",
       .certificate = leaf});
  UpstreamTransportSpec spec = Through("http", squid.port(), nginx.SecureUrl());
  spec.cacert = files.Write("ca.pem", root.certificate);
  spec.bearer = Secret("canary-token");
  spec.proxy_user = Secret("probe");
  spec.proxy_password = Secret("proxy-secret");
  TransportRig rig(spec);
  const PostResponse first = rig.Post();
  EXPECT_EQ(first.body, "HTTP/1.1 1") << first.error;
  EXPECT_EQ(rig.Post().body, "HTTP/1.1 2");
  PostRequest request = rig.Request();
  request.wants_http2 = true;
  EXPECT_EQ(rig.Post(request).body, "HTTP/2.0 1");
  EXPECT_TRUE(squid.WaitForLog("CONNECT 127.0.0.1")) << squid.log();
  EXPECT_THAT(squid.log(), Not(HasSubstr("canary")));
}

TEST(TransportProxy, ThatRefusesIsNamed) {
  const support::Squid squid(true);
  HttpServer server(Ok);
  for (const std::string& url :
       {server.Url(), "https://127.0.0.1:" + std::to_string(server.port())}) {
    UpstreamTransportSpec spec = Through("http", squid.port(), url);
    spec.proxy_user = Secret("probe");
    spec.proxy_password = Secret("canary-wrong");
    const PostResponse response = TransportRig(spec).Post();
    EXPECT_EQ(response.status, 0);
    EXPECT_THAT(response.error, HasSubstr("the proxy 127.0.0.1:"));
    EXPECT_THAT(response.error, HasSubstr("407"));
    EXPECT_THAT(response.error, Not(HasSubstr("canary")));
  }
  EXPECT_TRUE(server.Requests().empty());
}

TEST(TransportProxy, ThatIsGoneIsNamed) {
  const support::RefusingPort port;
  const PostResponse response =
      TransportRig(Through("http", port.port(), "http://127.0.0.1:1/")).Post();
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("the proxy 127.0.0.1:"));
  EXPECT_THAT(response.error, HasSubstr("refused"));
}

TEST(TransportProxy, MayBeASocksServer) {
  const support::Dante dante;
  HttpServer server(Ok);
  for (const char* scheme : {"socks5", "socks5h"}) {
    TransportRig rig(Through(scheme, dante.port(), server.Url()));
    for (int i = 0; i < 3; ++i) {
      const PostResponse response = rig.Post();
      EXPECT_EQ(response.status, 200) << response.error;
    }
  }
  EXPECT_EQ(server.connections(), 2U);
}

TEST(TransportProxy, TakesNoHttp2InPlainText) {
  HttpServer server(Ok);
  TransportRig rig(Through("http", server.port(), "http://127.0.0.1:1/"));
  PostRequest request = rig.Request();
  request.wants_http2 = true;
  EXPECT_THAT(rig.Post(request).error, HasSubstr("does not go through an HTTP proxy"));
  EXPECT_TRUE(server.Requests().empty());
}

}  // namespace
}  // namespace gaikei
