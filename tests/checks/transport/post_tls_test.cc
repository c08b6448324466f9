/// Posts over TLS and over HTTP/2: whom we trust, who we are, and what a gRPC call needs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/transport/rig.h"
#include "tests/support/grpc_call.h"
#include "tests/support/http2_frames.h"
#include "tests/support/http_server.h"
#include "tests/support/nginx.h"
#include "tests/support/subprocess.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using std::string_literals::operator""s;
using io::CertifiedKey;
using io::MakeCertificate;
using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using support::TlsServer;
using testing::HasSubstr;
using testing::Not;

HttpResponse OkOverTls(const HttpRequest&) { return {}; }

class TransportTls : public testing::Test {
 protected:
  CertifiedKey Leaf(io::CertificateRequest request = {}) const {
    if (request.dns_names.empty() && request.addresses.empty()) request.addresses = {"127.0.0.1"};
    request.issuer = &root_;
    return MakeCertificate(request);
  }
  UpstreamTransportSpec Spec(const std::string& url) const {
    UpstreamTransportSpec spec = UpstreamAt(url);
    spec.cacert = roots_;
    return spec;
  }
  /// What becomes of a post to a server that presents this.
  PostResponse PostTo(const CertifiedKey& presented) const {
    HttpServer server(OkOverTls, TlsServer::Wrap({.certificate = presented}), "https");
    return TransportRig(Spec(server.Url())).Post();
  }

  const support::TempDir files_;
  const CertifiedKey root_ = MakeCertificate({.common_name = "root", .is_ca = true});
  const std::string roots_ = files_.Write("root.pem", root_.certificate);
};

TEST_F(TransportTls, TrustsWhatItIsTold) {
  EXPECT_EQ(PostTo(Leaf()).status, 200);
  HttpServer server(OkOverTls, TlsServer::Wrap({.certificate = Leaf()}), "https");
  UpstreamTransportSpec spec = UpstreamAt(server.Url());
  const PostResponse response = TransportRig(spec).Post();
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("issuer CN=root"));
  EXPECT_TRUE(server.Requests().empty());
  spec.insecure = true;
  EXPECT_EQ(TransportRig(spec).Post().status, 200);
}

TEST_F(TransportTls, SaysThatACertificateHasExpired) {
  const PostResponse response = PostTo(Leaf({.not_before = WallNow() - std::chrono::hours(2),
                                             .not_after = WallNow() - std::chrono::hours(1)}));
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("expired"));
}

TEST_F(TransportTls, SaysThatACertificateIsForAnotherNameUnlessThatIsTheOneWanted) {
  const CertifiedKey leaf = Leaf({.dns_names = {"collector.example"}});
  const PostResponse response = PostTo(leaf);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("collector.example"));

  std::string asked;
  HttpServer server(
      OkOverTls,
      TlsServer::Wrap({.certificate = leaf},
                      [&](const support::TlsClientFacts& facts) { asked = facts.server_name; }),
      "https");
  UpstreamTransportSpec spec = Spec(server.Url());
  spec.server_name = "collector.example";
  EXPECT_EQ(TransportRig(spec).Post().status, 200);
  EXPECT_EQ(asked, "collector.example");
}

TEST_F(TransportTls, ShowsItsCertificateToNginx) {
  const CertifiedKey client = MakeCertificate({.common_name = "probe", .issuer = &root_});
  const support::Nginx nginx({.server = "ssl_verify_client on;\nssl_client_certificate " + roots_ +
                                        ";\nlocation = /hello { return 200 $ssl_client_s_dn; }",
                              .certificate = Leaf()});
  UpstreamTransportSpec spec = Spec(nginx.SecureUrl());
  EXPECT_EQ(TransportRig(spec).Post().status, 400);
  spec.cert = files_.Write("client.pem", client.certificate);
  spec.key = files_.Write("client.key", client.key);
  TransportRig rig(spec);
  PostRequest request = rig.Request();
  const PostResponse response = rig.Post(request);
  EXPECT_EQ(response.status, 200) << response.error;
  EXPECT_EQ(response.body, "CN=probe");
  request.wants_http2 = true;
  EXPECT_EQ(rig.Post(request).body, "CN=probe");
}

TEST_F(TransportTls, KeepsItsConnectionAndItsHandshake) {
  HttpServer server(OkOverTls, TlsServer::Wrap({.certificate = Leaf()}), "https");
  TransportRig rig(Spec(server.Url()));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig.Post(std::string(100'000, 'x')).status, 200);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(TransportTls, FailsInTimeWhenTheHandshakeHangs) {
  const support::TcpServer server([](support::Connection& c) { c.WaitUntilClosed(); });
  TransportRig rig(Spec("https://" + server.Authority() + "/"));
  PostRequest request = rig.Request();
  request.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(rig.Post(request).error, "timeout after 200ms: TLS handshake not finished");
}

TEST_F(TransportTls, SpeaksHttp2WithNginxWhenItHasTo) {
  const support::Nginx nginx(
      {.server = "location = /hello { return 200 \"$server_protocol $connection_requests\"; }",
       .certificate = Leaf()});
  TransportRig rig(Spec(nginx.SecureUrl()));
  EXPECT_EQ(rig.Post().body, "HTTP/1.1 1");
  for (int i = 1; i <= 3; ++i) {
    // It answers before it has read all.
    PostRequest request = rig.Request(std::string(300'000, 'x'));
    request.wants_http2 = true;
    const PostResponse response = rig.Post(std::move(request));
    EXPECT_EQ(response.body, "HTTP/2.0 " + std::to_string(i)) << response.error;
  }
}

/// A unary call of the health service.
PostRequest HealthCall(const std::string& url, const std::string& service = "") {
  PostRequest request;
  request.url = url + "/grpc.health.v1.Health/Check";
  request.wants_http2 = true;
  request.headers = {{"content-type", Secret("application/grpc", false)},
                     {"te", Secret("trailers", false)},
                     {"grpc-timeout", Secret("30S", false)}};
  std::string message;
  if (!service.empty())
    message = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
  request.body = support::GrpcMessage(message);
  return request;
}

TEST_F(TransportTls, SaysThatAServerSpeaksNoHttp2) {
  const support::Nginx nginx({.certificate = Leaf(), .http2 = false});
  TransportRig secure(Spec(nginx.SecureUrl()));
  PostRequest request = secure.Request();
  request.wants_http2 = true;
  PostResponse response = secure.Post(request);
  EXPECT_EQ(response.error, "the server does not speak HTTP/2: by ALPN it chose http/1.1");
  EXPECT_TRUE(response.is_no_http2);
  TransportRig plain(UpstreamAt(nginx.Url()));
  request = plain.Request();
  request.wants_http2 = true;
  response = plain.Post(request);
  EXPECT_EQ(response.status, 0);
  EXPECT_THAT(response.error, HasSubstr("the server does not speak HTTP/2 without TLS: it "));
  EXPECT_TRUE(response.is_no_http2);
}

TEST_F(TransportTls, SendsNothingToAServerThatChoosesNoHttp2) {
  HttpServer server(OkOverTls, TlsServer::Wrap({.certificate = Leaf()}), "https");
  TransportRig rig(Spec(server.Url()));
  for (int i = 0; i < 2; ++i) {
    PostRequest request = rig.Request();
    request.wants_http2 = true;
    const PostResponse response = rig.Post(request);
    EXPECT_EQ(response.error, "the server does not speak HTTP/2: by ALPN it chose no protocol");
    EXPECT_TRUE(response.is_no_http2);
  }
  EXPECT_TRUE(server.Requests().empty());
}

TEST_F(TransportTls, SaysWhatAServerSpeaksThatSpeaksNoHttp2WithoutTls) {
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
       "it answered \"HTTP/1.1 400 Bad Request\""},
      {"HTTP/1.1 505\n", "it answered \"HTTP/1.1 505\""},
      {"<html>\n<body>", "it answered \"<html>\""},
      {"\x15\x03\x01\x00\x02\x02\x46"s, "it speaks TLS: write https://"}};
  for (const auto& [answer, words] : answers) {
    for (const bool is_patient : {false, true}) {
      const support::TcpServer server([&](support::Connection& c) {
        c.ReadUntil("SM\r\n\r\n");
        c.Write(answer);
        // Of less than the head of a frame libcurl sees nothing until the end.
        if (is_patient && answer.size() > 9) c.WaitUntilClosed();
      });
      const std::string url = "http://" + server.Authority();
      const PostResponse response = TransportRig(UpstreamAt(url)).Post(HealthCall(url));
      EXPECT_EQ(response.error, "the server does not speak HTTP/2 without TLS: " + words);
      EXPECT_TRUE(response.is_no_http2);
    }
  }
}

TEST_F(TransportTls, BlamesNoProtocolWhereAServerIsOnlyInTrouble) {
  // Closed before a word, and after the settings that HTTP/2 begins with.
  for (const std::string& words : {std::string(), support::http2::Settings()}) {
    const support::TcpServer server([&words](support::Connection& c) {
      c.ReadUntil("SM\r\n\r\n");
      c.Write(words);
    });
    const std::string url = "http://" + server.Authority();
    const PostResponse response = TransportRig(UpstreamAt(url)).Post(HealthCall(url));
    EXPECT_EQ(response.status, 0);
    EXPECT_NE(response.error, "");
    EXPECT_FALSE(response.is_no_http2) << response.error;
  }
}

/// The real gRPC server of Python.
class GrpcServer {
 public:
  explicit GrpcServer(std::vector<std::string> files = {}) : child_(Options(std::move(files))) {
    if (!child_.WaitForOutput("\n")) throw std::runtime_error(child_.errors());
  }
  std::string Authority() const {
    const std::string output = child_.output();
    const auto from = output.find(' ') + 1;
    return "127.0.0.1:" + output.substr(from, output.find('\n') - from);
  }

 private:
  static support::SubprocessOptions Options(std::vector<std::string> files) {
    support::SubprocessOptions options;
    options.argv = {"/usr/bin/python3", GAIKEI_SUPPORT_DIR "/grpc_health_server.py"};
    options.argv.insert(options.argv.end(), files.begin(), files.end());
    return options;
  }
  support::Subprocess child_;
};

void ExpectServing(const PostResponse& response) {
  EXPECT_EQ(response.status, 200) << response.error;
  EXPECT_EQ(response.Header("grpc-status"), "0");
  EXPECT_EQ(response.body, support::GrpcMessage("\x08\x01"));
}

TEST_F(TransportTls, CallsARealGrpcServerInPlainText) {
  const GrpcServer server;
  const std::string url = "http://" + server.Authority();
  UpstreamTransportSpec spec = UpstreamAt(url);
  TransportRig rig(spec);
  for (int i = 0; i < 20; ++i) ExpectServing(rig.Post(HealthCall(url)));
  PostResponse response = rig.Post(HealthCall(url, "shop.Gone"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("grpc-status"), "5");
  EXPECT_EQ(response.Header("grpc-message"), "unknown service");

  // It says the wrong token back, percent-encoded: that is not to be shown.
  spec.bearer = Secret("canary \xc3\xbc token");
  response = TransportRig(spec).Post(HealthCall(url, "shop.Private"));
  EXPECT_EQ(response.Header("grpc-status"), "16");
  EXPECT_EQ(response.Header("grpc-message"), "<secret>");
  spec.bearer = Secret("let-me-in");
  ExpectServing(TransportRig(spec).Post(HealthCall(url, "shop.Private")));
}

TEST_F(TransportTls, CallsARealGrpcServerOverTls) {
  const CertifiedKey leaf = Leaf();
  const GrpcServer server(
      {files_.Write("server.pem", leaf.Chain()), files_.Write("server.key", leaf.key)});
  const std::string url = "https://" + server.Authority();
  TransportRig rig(Spec(url));
  for (int i = 0; i < 20; ++i) ExpectServing(rig.Post(HealthCall(url)));
}

TEST_F(TransportTls, IsToldOfAMessageThatIsTooLargeBeforeAllOfItIsSent) {
  const GrpcServer server;
  const std::string url = "http://" + server.Authority();
  TransportRig rig(UpstreamAt(url));
  for (int i = 0; i < 3; ++i) {
    PostRequest request = HealthCall(url);
    request.body = support::GrpcMessage("\x0a" + std::string(std::size_t{8} << 20U, 'x'));
    const PostResponse response = rig.Post(std::move(request));
    EXPECT_EQ(response.status, 200) << response.error;
    EXPECT_EQ(response.Header("grpc-status"), "8");
    ExpectServing(rig.Post(HealthCall(url)));
  }
}

/// A request of a mebibyte to a server that has said all it has to say after the request's head.
PostResponse PostToOneThatAnswersAtOnce(const std::string& answer,
                                        std::optional<Span> timeout = std::nullopt) {
  const support::TcpServer server([&answer](support::Connection& c) {
    if (!support::http2::ReadRequest(c)) return;
    c.Write(answer);
    c.WaitUntilClosed();
  });
  const std::string url = "http://" + server.Authority();
  PostRequest request = HealthCall(url);
  request.body = std::string(std::size_t{1} << 20U, 'x');
  if (timeout) request.timeout = *timeout;
  return TransportRig(UpstreamAt(url)).Post(std::move(request));
}

TEST_F(TransportTls, IsContentWithAnAnswerThatComesBeforeTheRequestIsSent) {
  // Fields alone; a length that is reached.
  const std::vector<std::string> answers = {
      support::H2Head({{":status", "200"}, {"grpc-status", "16"}}, true),
      support::H2Head({{":status", "200"}, {"content-length", "4"}}) +
          support::H2Data("body", true)};
  for (const std::string& answer : answers) {
    const PostResponse response = PostToOneThatAnswersAtOnce(answer);
    EXPECT_EQ(response.status, 200) << response.error << testing::PrintToString(answer);
  }
}

TEST_F(TransportTls, TakesAnAnswerThatIsLostSoForTheWishForLess) {
  // The end of the stream comes with the answer, and libcurl 7.88 drops what stands before it.
  const std::string end = support::H2Frame(support::H2Type::kReset, 0, 1, "\0\0\0\0"s);
  const std::vector<std::string> answers = {
      support::H2Head({{":status", "200"}, {"grpc-status", "8"}}, true) + end,
      support::H2Head({{":status", "200"}}) + support::H2Trailers({{"grpc-status", "8"}}) + end};
  for (const std::string& answer : answers) {
    const PostResponse response = PostToOneThatAnswersAtOnce(answer);
    // A libcurl that loses nothing tells what was said.
    EXPECT_THAT(response.status, testing::AnyOf(413, 200)) << response.error;
    if (response.status == 200) {
      EXPECT_EQ(response.Header("grpc-status"), "8");
    }
  }
}

TEST_F(TransportTls, TakesAnAnswerThatEndsBeforeTheRequestDoesForTheWishForLess) {
  // The stream is left open on our side, and nothing more of it is read: libcurl keeps the trailers
  // to itself. A refusal is heard all the same.
  const std::vector<std::pair<std::string, int>> answers = {
      {support::H2Head({{":status", "200"}}) + support::H2Data("body") +
           support::H2Trailers({{"grpc-status", "0"}}),
       413},
      {support::H2Head({{":status", "200"}}) + support::H2Data("body", true), 413},
      {support::H2Head({{":status", "401"}}) + support::H2Data("no", true), 401}};
  for (const auto& [answer, status] : answers) {
    const PostResponse response = PostToOneThatAnswersAtOnce(answer, support::kFailsafe);
    // A libcurl that tells the end of a stream gives the answer.
    EXPECT_THAT(response.status, testing::AnyOf(status, 200)) << response.error;
  }
}

TEST_F(TransportTls, GivesTrailersLast) {
  const support::TcpServer server([](support::Connection& c) {
    if (!support::TakeGrpcCall(c)) return;
    c.Write(support::H2Head({{":status", "200"}, {"grpc-status", "2"}, {"x-place", "head"}}) +
            support::H2Data("body") + support::H2Trailers({{"grpc-status", "14"}}));
    c.WaitUntilClosed();
  });
  const std::string url = "http://" + server.Authority();
  const PostResponse response = TransportRig(UpstreamAt(url)).Post(HealthCall(url));
  EXPECT_EQ(response.status, 200) << response.error;
  EXPECT_EQ(response.body, "body");
  EXPECT_EQ(response.Header("x-place"), "head");
  EXPECT_EQ(response.Header("grpc-status"), "14");
}

TEST_F(TransportTls, UsesNoHttp2ConnectionAgainThatWasSilent) {
  // The first call of the first connection is answered and no other one.
  const support::TcpServer server([](support::Connection& c) {
    if (!support::TakeGrpcCall(c)) return;
    c.Write(support::HealthAnswer());
    c.WaitUntilClosed();
  });
  const std::string url = "http://" + server.Authority();
  TransportRig rig(UpstreamAt(url));
  ExpectServing(rig.Post(HealthCall(url)));
  PostRequest late = HealthCall(url);
  late.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(rig.Post(late).error, "timeout after 200ms: no byte of an answer");
  ExpectServing(rig.Post(HealthCall(url)));
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(TransportTls, SaysThatAStreamWasRefused) {
  const support::TcpServer server([](support::Connection& c) {
    if (!support::TakeGrpcCall(c)) return;
    c.Write(support::H2Frame(support::H2Type::kReset, 0, 1, "\0\0\0\x07"s));
    c.WaitUntilClosed();
  });
  const std::string url = "http://" + server.Authority();
  const PostResponse response = TransportRig(UpstreamAt(url)).Post(HealthCall(url));
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, "the server refused the stream of the request");
}

}  // namespace
}  // namespace gaikei
