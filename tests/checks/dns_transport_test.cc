/// What a question travels by: UDP with its cookies, TCP, TLS and HTTPS.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/dns_rig.h"
#include "tests/checks/io/dns_bytes.h"
#include "tests/support/dns_server.h"
#include "tests/support/http_server.h"
#include "tests/support/raw_dns_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;
using support::RawDatagram;
using support::RawDnsServer;
using support::TlsServer;

std::string Answer(const std::string& question) {
  const auto query = support::ParseDnsQuery(question);
  if (!query) return "no question";
  return support::FormatDnsReply(
      *query, {.answer = {support::DnsRecord::Address(query->name, "192.0.2.1")}});
}

/// A certificate for 127.0.0.1, and the root that it hangs from as a file.
class DnsOverTls : public testing::Test {
 protected:
  CheckSpec Spec(const std::string& server, DnsTransport transport) const {
    CheckSpec spec = DnsSpec("dns:www.shop.example");
    spec.dns.servers = {server};
    spec.dns.transport = transport;
    spec.tls.cacert = roots_;
    return spec;
  }

  const io::CertifiedKey root_ = io::MakeCertificate({.common_name = "Root", .is_ca = true});
  const support::TempDir dir_;
  const std::string roots_ = dir_.Write("roots.pem", root_.certificate);
  const support::TlsServerOptions options_{
      .certificate = io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &root_})};
};

void AnswerOneMessage(Connection& connection) {
  const std::string question = support::ReadMessage(connection);
  if (!question.empty()) connection.Write(support::WithLength(Answer(question)));
  connection.WaitUntilClosed();
}

TEST_F(DnsOverTls, IsAskedAndShown) {
  const TlsServer server(options_, AnswerOneMessage);
  const Observation seen = RunCheck(Spec(server.Authority(), DnsTransport::kDot));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->transport, "dot");
  EXPECT_EQ(seen.dns->answer.count, 1U);
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  ASSERT_TRUE(seen.tcp);
  for (const Phase phase : {Phase::kConnect, Phase::kTls, Phase::kProcessing}) {
    EXPECT_TRUE(seen.phases[phase]) << Name(phase);
  }
}

TEST_F(DnsOverTls, IsNotAskedWhereTheCertificateIsAnotherOnes) {
  support::TlsServerOptions options = options_;
  options.certificate = io::MakeCertificate({.dns_names = {"other.example"}, .issuer = &root_});
  const TlsServer server(options, AnswerOneMessage);
  const Observation seen = RunCheck(Spec(server.Authority(), DnsTransport::kDot));
  EXPECT_EQ(Verdict(seen), "fail tls_cert_name_mismatch tls");
  EXPECT_TRUE(seen.tls);
}

TEST_F(DnsOverTls, TimesOutInTheHandshakeAndAfterIt) {
  const support::TcpServer mute([](Connection& connection) { connection.WaitUntilClosed(); });
  CheckSpec spec = Spec(mute.Authority(), DnsTransport::kDot);
  spec.timeout = 200ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_timeout tls");
  const TlsServer silent(options_, [](Connection& connection) { connection.WaitUntilClosed(); });
  spec = Spec(silent.Authority(), DnsTransport::kDot);
  spec.timeout = 500ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail dns_timeout processing");
}

TEST_F(DnsOverTls, FailsWhereTheServerClosesWithoutAnAnswer) {
  const TlsServer server(options_, [](Connection& connection) {
    support::ReadMessage(connection);
    connection.CloseGracefully();
  });
  EXPECT_EQ(Verdict(RunCheck(Spec(server.Authority(), DnsTransport::kDot))),
            "fail truncated processing");
}

class DnsOverHttps : public DnsOverTls {
 protected:
  Observation Look(HttpServer::Handler handler, Span timeout = 10s) {
    const HttpServer server(std::move(handler), TlsServer::Wrap(options_), "https");
    CheckSpec spec = Spec(server.Url("/ask"), DnsTransport::kDoh);
    spec.timeout = timeout;
    Observation seen = RunCheck(spec);
    requests_ = server.Requests();
    return seen;
  }

  std::vector<HttpRequest> requests_;
};

TEST_F(DnsOverHttps, IsAskedAndShown) {
  const Observation seen = Look([](const HttpRequest& request) {
    return HttpResponse{.headers = {{"Content-Type", "application/dns-message"}},
                        .body = Answer(request.body)};
  });
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->transport, "doh");
  EXPECT_TRUE(seen.dns->server.starts_with("https://127.0.0.1:")) << seen.dns->server;
  EXPECT_TRUE(seen.dns->server.ends_with("/ask")) << seen.dns->server;
  EXPECT_TRUE(seen.tls);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_FALSE(seen.phases[Phase::kTransfer]) << "an answer is one thing";
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].target, "/ask");
  EXPECT_EQ(requests_[0].Header("content-type"), "application/dns-message");
}

TEST_F(DnsOverHttps, FailsByAnotherStatusOrAnotherAnswer) {
  EXPECT_EQ(Verdict(Look([](const HttpRequest&) { return HttpResponse{.status = 404}; })),
            "fail protocol_error processing");
  EXPECT_EQ(Verdict(Look([](const HttpRequest&) {
              return HttpResponse{.headers = {{"Content-Type", "application/dns-message"}},
                                  .body = "<html>"};
            })),
            "fail dns_malformed processing");
}

TEST_F(DnsOverHttps, FailsByAnotherMediaType) {
  const auto with_type = [this](std::vector<std::pair<std::string, std::string>> headers) {
    return Look([headers = std::move(headers)](const HttpRequest& request) {
      return HttpResponse{.headers = headers, .body = Answer(request.body)};
    });
  };
  const Observation html = with_type({{"Content-Type", "text/html"}});
  EXPECT_EQ(Verdict(html), "fail protocol_error processing");
  EXPECT_NE(html.message.find("application/dns-message"), std::string::npos) << html.message;
  EXPECT_EQ(Verdict(with_type({})), "fail protocol_error processing");
  EXPECT_EQ(Verdict(with_type({{"content-type", "Application/DNS-Message ; charset=x"}})), "pass");
}

TEST_F(DnsOverHttps, AsksWithTheSameIdEachTime) {
  Look([](const HttpRequest& request) {
    return HttpResponse{.headers = {{"Content-Type", "application/dns-message"}},
                        .body = Answer(request.body)};
  });
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].body.substr(0, 2), std::string(2, '\0')) << "RFC 8484, 4.1";
}

TEST_F(DnsOverHttps, TimesOutLikeAnyQuestion) {
  const TlsServer silent(options_, [](Connection& connection) { connection.WaitUntilClosed(); });
  CheckSpec spec = Spec("https://" + silent.Authority(), DnsTransport::kDoh);
  spec.timeout = 500ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail dns_timeout processing");
}

/// An answer with a cookie of the server's, behind the client's own or another one.
std::string WithCookie(const std::string& query, bool is_ours) {
  // The option is the last one of the question: 8 bytes.
  std::string cookie = query.substr(query.size() - 8);
  if (!is_ours) cookie[0] = static_cast<char>(cookie[0] ^ 1);
  return io::AnswerTo(query, {.answers = 1,
                              .additionals = 1,
                              .records = io::WireRecord(io::QuestionName(), 1, 60, "abcd") +
                                         io::WireOpt(io::WireOption(10, cookie + "serverpt"))});
}

TEST(DnsCookies, AreShownAndThoseOfOthersIgnored) {
  bool sends_ours = true;
  const RawDnsServer server([&](const std::string& query) {
    std::vector<RawDatagram> answers = {{.bytes = WithCookie(query, false)}};
    if (sends_ours) answers.push_back({.bytes = WithCookie(query, true)});
    return answers;
  });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.cookie = true;
  const Observation good = RunCheck(spec);
  EXPECT_EQ(Verdict(good), "pass") << good.message;
  ASSERT_TRUE(good.dns);
  EXPECT_EQ(good.dns->cookie, "good");
  EXPECT_EQ(good.dns->ignored, 1U);
  sends_ours = false;
  spec.timeout = 200ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail dns_timeout processing");
}

TEST(DnsOverTcp, IgnoresWhatIsMeantForSomebodyElse) {
  const RawDnsServer server(
      [](const std::string&) { return std::vector<RawDatagram>{}; },
      [](Connection& connection) {
        const std::string question = support::ReadMessage(connection);
        std::string foreign = Answer(question);
        foreign[0] = static_cast<char>(foreign[0] ^ 1);
        connection.Write(support::WithLength(foreign) + support::WithLength(Answer(question)));
        connection.WaitUntilClosed();
      });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->ignored, 1U);
}

TEST(DnsOverTcp, IgnoresCookiesOfOthers) {
  const RawDnsServer server([](const std::string&) { return std::vector<RawDatagram>{}; },
                            [](Connection& connection) {
                              const std::string query = support::ReadMessage(connection);
                              if (query.empty()) return;
                              connection.Write(support::WithLength(WithCookie(query, false)) +
                                               support::WithLength(WithCookie(query, true)));
                              connection.WaitUntilClosed();
                            });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  spec.dns.cookie = true;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->cookie, "good");
  EXPECT_EQ(seen.dns->ignored, 1U);
}

TEST(DnsOverTcp, ReadsPastAFloodOfEmptyMessages) {
  constexpr unsigned kMessages = 200'000;
  const RawDnsServer server(
      [](const std::string&) { return std::vector<RawDatagram>{}; },
      [](Connection& connection) {
        const std::string query = support::ReadMessage(connection);
        connection.Write(std::string(2 * kMessages, '\0') + support::WithLength(Answer(query)));
        connection.WaitUntilClosed();
      });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->ignored, kMessages);
}

TEST(DnsOverTcp, IsAskedWithoutEdnsAgainOnAConnectionOfItsOwn) {
  std::atomic<int> connections = 0;
  const RawDnsServer server(
      [](const std::string&) { return std::vector<RawDatagram>{}; },
      [&](Connection& connection) {
        ++connections;
        const std::string query = support::ReadMessage(connection);
        if (query.empty()) return;
        const bool has_edns = query[11] != 0;
        connection.Write(
            support::WithLength(has_edns ? io::AnswerTo(query, {.flags = 0x8181}) : Answer(query)));
        connection.WaitUntilClosed();
      });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->transport, "tcp");
  EXPECT_EQ(connections, 2);
}

TEST(DnsOverTcp, TellsAResetFromAnAnswer) {
  const RawDnsServer server([](const std::string&) { return std::vector<RawDatagram>{}; },
                            [](Connection& connection) {
                              support::ReadMessage(connection);
                              connection.Reset();
                            });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.dns.transport = DnsTransport::kTcp;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail reset processing");
}

}  // namespace
}  // namespace gaikei
