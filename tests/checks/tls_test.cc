/// What a `tls` check does beside judging certificates: phases, STARTTLS, refusals, expectations.

#include "checks/tls/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "checks/tls/starttls.h"
#include "tests/checks/http_rig.h"
#include "tests/support/free_port.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using io::CertifiedKey;
using io::MakeCertificate;
using support::Connection;
using support::TcpServer;
using support::TlsServer;
using support::TlsServerOptions;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class TlsCheck : public testing::Test {
 protected:
  CheckSpec Spec(const std::string& authority) const {
    CheckSpec spec = SpecOf("tls", "tls://" + authority);
    spec.tls.cacert = roots_;
    return spec;
  }
  /// A certificate for 127.0.0.1 and localhost that leads to the root and lives for long.
  static CertifiedKey Leaf(const CertifiedKey& root) {
    return MakeCertificate({.common_name = "good",
                            .dns_names = {"localhost"},
                            .addresses = {"127.0.0.1"},
                            .not_after = WallNow() + 24h * 80,
                            .issuer = &root});
  }
  static void Wait(Connection& c) { c.WaitUntilClosed(); }
  expect::Expression ExpectTls(const std::string& text) const {
    return *expect::Expression::Compile(text, "tls");
  }

  const CertifiedKey root_ =
      MakeCertificate({.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  const CertifiedKey leaf_ = Leaf(root_);
  const support::TempDir dir_;
  const std::string roots_ = dir_.Write("roots.pem", root_.certificate);
};

TEST_F(TlsCheck, PassesOnAVerifiedHandshake) {
  TlsServer server({.certificate = leaf_}, Wait);
  const Observation seen = RunCheck(Spec(server.Authority()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  EXPECT_EQ(seen.tls->version, "TLSv1.3");
  EXPECT_EQ(seen.tls->starttls, "");
  EXPECT_EQ(seen.tls->chain.at(0).subject, "CN=good");
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_EQ(seen.port, server.port());
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  EXPECT_FALSE(seen.phases[Phase::kResolve]);
  EXPECT_FALSE(seen.phases[Phase::kProcessing]);
  ASSERT_TRUE(seen.tcp);
  EXPECT_GT(seen.tcp->rtt.count(), 0);
}

TEST_F(TlsCheck, ANameIsResolvedFirst) {
  TlsServer server({.certificate = leaf_}, Wait);
  CheckSpec spec = Spec("localhost:" + std::to_string(server.port()));
  spec.family = Family::kIpv4;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kResolve]);
}

TEST_F(TlsCheck, AnAddressStandsForTheName) {
  TlsServer server({.certificate = leaf_}, Wait);
  CheckSpec spec = Spec("no-such-host.invalid:" + std::to_string(server.port()));
  spec.address = "127.0.0.1";
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_cert_name_mismatch tls");
  spec.address.clear();
  const auto peer = io::Address::Parse("127.0.0.1", server.port());
  EXPECT_EQ(Verdict(RunCheck(spec, {}, {}, &*peer)), "fail tls_cert_name_mismatch tls");
  spec.tls.server_name = "localhost";
  EXPECT_EQ(Verdict(RunCheck(spec, {}, {}, &*peer)), "pass");
}

TEST_F(TlsCheck, NobodyListens) {
  const support::RefusingPort port;
  const Observation seen = RunCheck(Spec("127.0.0.1:" + std::to_string(port.port())));
  EXPECT_EQ(Verdict(seen), "fail connect_refused connect");
  EXPECT_FALSE(seen.tls);
  EXPECT_FALSE(seen.tcp);
}

TEST_F(TlsCheck, PrivateAddressesMayBeForbidden) {
  TlsServer server({.certificate = leaf_}, Wait);
  CheckSpec spec = Spec(server.Authority());
  spec.deny_private = true;
  EXPECT_EQ(Verdict(RunCheck(spec)), "unknown address_blocked");
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(TlsCheck, SilenceInTheHandshakeIsATimeoutOfTls) {
  TcpServer server(Wait);
  CheckSpec spec = Spec(server.Authority());
  spec.timeout = 100ms;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_timeout tls");
  EXPECT_GE(*seen.phases[Phase::kTls], 50ms);
  EXPECT_GE(seen.duration, 100ms);
}

TEST_F(TlsCheck, ExpectationsAskForWhatWasSeen) {
  TlsServer server({.certificate = leaf_, .alpn = {"h2"}}, Wait);
  CheckSpec spec = Spec(server.Authority());
  spec.tls.alpn = {"h2"};
  spec.expect = {ExpectTls("tls.version >= 1.3"), ExpectTls("tls.alpn == h2"),
                 ExpectTls("certificate.days_left > 14"), ExpectTls("certificate.san == localhost"),
                 ExpectTls("phase.tls < 10s")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  spec.expect = {ExpectTls("certificate.days_left > 1000")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_certificate");
  spec.warn = std::move(spec.expect);
  spec.expect.clear();
  EXPECT_EQ(Verdict(RunCheck(spec)), "warn expect_certificate");
}

/// Runs a dialogue of lines, then the handshake.
TcpServer::Handler Smtp(const TlsServerOptions& tls) {
  return [tls](Connection& c) {
    c.Write("220 mail.example\r\n");
    if (!c.ReadUntil("\r\n")) return;
    c.Write("250-mail.example\r\n250 STARTTLS\r\n");
    if (!c.ReadUntil("\r\n")) return;
    c.Write("220 go\r\n");
    const auto inside = support::StartTls(c, tls);
    if (inside) inside->WaitUntilClosed();
  };
}

TEST_F(TlsCheck, StartTlsLeadsToTheHandshake) {
  TcpServer server(Smtp({.certificate = leaf_}));
  CheckSpec spec = Spec(server.Authority());
  spec.tls.starttls = StartTls::kSmtp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.tls->starttls, "smtp");
  EXPECT_THAT(seen.tcp->dialogue,
              ElementsAre("< 220 mail.example", "> EHLO probe.invalid", "< 250-mail.example",
                          "< 250 STARTTLS", "> STARTTLS", "< 220 go"));
}

TEST_F(TlsCheck, StartTlsThatIsNotOfferedFailsInPhaseTls) {
  TcpServer server([](Connection& c) {
    c.Write("220 mail.example\r\n");
    c.ReadUntil("\r\n");
    c.Write("250 mail.example\r\n");
    c.WaitUntilClosed();
  });
  CheckSpec spec = Spec(server.Authority());
  spec.tls.starttls = StartTls::kSmtp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls");
  EXPECT_EQ(seen.message, "server does not offer STARTTLS");
  EXPECT_FALSE(seen.tls);
  EXPECT_THAT(seen.tcp->dialogue, Contains("< 250 mail.example"));
}

TEST_F(TlsCheck, StartTlsDialoguesEndAsTheirServersDo) {
  struct Case {
    std::string verdict;
    std::string message;
    TcpServer::Handler story;
  };
  const std::vector<Case> cases = {
      {"fail truncated tls", "server closed the connection before the greeting",
       [](Connection& c) { c.CloseGracefully(); }},
      {"fail truncated tls", "server closed the connection before the answer to EHLO",
       [](Connection& c) {
         c.Write("220 x\r\n");
         c.ReadUntil("\r\n");
         c.CloseGracefully();
       }},
      {"fail tls_protocol tls", "server refuses: 554 go away",
       [](Connection& c) {
         c.Write("554 go away\r\n");
         c.CloseGracefully();
       }},
      {"fail reset tls", "before the answer to EHLO",
       [](Connection& c) {
         c.Write("220 x\r\n");
         c.ReadUntil("\r\n");
         c.Reset();
       }},
      {"fail protocol_error tls", "not SMTP: SSH-2.0-x",
       [](Connection& c) {
         c.Write("SSH-2.0-x\r\n");
         c.WaitUntilClosed();
       }},
      {"fail tls_protocol tls", "CVE-2011-0411",
       [](Connection& c) {
         c.Write("220 x\r\n");
         c.ReadUntil("\r\n");
         c.Write("250 STARTTLS\r\n");
         c.ReadUntil("\r\n");
         c.Write("220 go\r\n250 injected\r\n");
         c.WaitUntilClosed();
       }},
      {"fail too_large tls", "a line longer than 16 KiB",
       [](Connection& c) {
         c.Write("220 " + std::string(200000, 'x'));
         c.WaitUntilClosed();
       }},
  };
  for (const Case& c : cases) {
    TcpServer server(c.story);
    CheckSpec spec = Spec(server.Authority());
    spec.tls.starttls = StartTls::kSmtp;
    const Observation seen = RunCheck(spec);
    EXPECT_EQ(Verdict(seen), c.verdict) << seen.message;
    EXPECT_THAT(seen.message, HasSubstr(c.message));
    EXPECT_TRUE(seen.tcp);
  }
}

TEST_F(TlsCheck, SilenceInADialogueSaysWhatWasAwaited) {
  TcpServer server([](Connection& c) {
    c.Write("220 x\r\n");
    c.WaitUntilClosed();
  });
  CheckSpec spec = Spec(server.Authority());
  spec.tls.starttls = StartTls::kSmtp;
  spec.timeout = 100ms;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_timeout tls");
  EXPECT_EQ(seen.message, "timeout after 100ms: waiting for the answer to EHLO");
}

TEST_F(TlsCheck, CertificatesBehindStartTlsAreJudgedAlike) {
  const CertifiedKey stranger = MakeCertificate({.addresses = {"127.0.0.1"}});
  TcpServer server(Smtp({.certificate = stranger}));
  CheckSpec spec = Spec(server.Authority());
  spec.tls.starttls = StartTls::kSmtp;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_cert_self_signed tls");
  EXPECT_EQ(seen.tls->starttls, "smtp");
  spec.tls.insecure = true;
  const Observation noted = RunCheck(spec);
  EXPECT_NE(noted.status, Status::kFail) << noted.message;
  EXPECT_FALSE(noted.tls->verified);
  EXPECT_FALSE(noted.tls->verify_error.empty());
}

/// With a server that demands a client certificate.
class TlsClientCertificate : public TlsCheck, public testing::WithParamInterface<int> {
 protected:
  TlsServerOptions Demanding() const {
    return {.certificate = leaf_,
            .min_version = GetParam(),
            .max_version = GetParam(),
            .client_roots = root_.certificate};
  }
  CheckSpec WithCertificate(CheckSpec spec, const CertifiedKey& issuer) const {
    const CertifiedKey client = MakeCertificate({.common_name = "client", .issuer = &issuer});
    spec.tls.cert = dir_.Write("client.pem", client.Chain() + client.key);
    return spec;
  }
};

TEST_P(TlsClientCertificate, MissingOneIsToldByAnAlertAlsoAfterTheHandshake) {
  TlsServer server(Demanding(), Wait);
  const Observation seen = RunCheck(Spec(server.Authority()));
  EXPECT_EQ(Verdict(seen), "fail tls_alert tls") << seen.message;
  EXPECT_THAT(seen.message, HasSubstr(GetParam() == 0x0304 ? "certificate required (116)"
                                                           : "handshake failure (40)"));
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
}

TEST_P(TlsClientCertificate, RefusedOneIsToldByAnAlert) {
  TlsServer server(Demanding(), Wait);
  const CertifiedKey other = MakeCertificate({.common_name = "Other", .is_ca = true});
  const Observation seen = RunCheck(WithCertificate(Spec(server.Authority()), other));
  EXPECT_EQ(Verdict(seen), "fail tls_alert tls") << seen.message;
  EXPECT_THAT(seen.message, HasSubstr("unknown CA (48)"));
}

TEST_P(TlsClientCertificate, GoodOneIsTaken) {
  TlsServer server(Demanding(), Wait);
  const Observation seen = RunCheck(WithCertificate(Spec(server.Authority()), root_));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
}

INSTANTIATE_TEST_SUITE_P(Versions, TlsClientCertificate, testing::Values(0x0303, 0x0304),
                         [](const auto& param) {
                           return param.param == 0x0304 ? "Tls13" : "Tls12";
                         });

TEST_F(TlsCheck, ServerThatClosesAfterAskingForACertificateIsStillGood) {
  TlsServer server({.certificate = leaf_, .client_roots = root_.certificate},
                   [](Connection& c) { c.CloseGracefully(); });
  CheckSpec spec = Spec(server.Authority());
  const CertifiedKey client = MakeCertificate({.common_name = "client", .issuer = &root_});
  spec.tls.cert = dir_.Write("client.pem", client.Chain() + client.key);
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
}

TEST_F(TlsCheck, ServerThatHangsUpAfterAskingForACertificateHasRefusedIt) {
  // As some do instead of an alert: nothing said, no ticket given, the connection gone.
  TlsServer server(
      {.certificate = leaf_, .client_roots = root_.certificate, .sends_tickets = false},
      [](Connection& c) { c.CloseAbruptly(); });
  CheckSpec spec = Spec(server.Authority());
  const CertifiedKey client = MakeCertificate({.common_name = "client", .issuer = &root_});
  spec.tls.cert = dir_.Write("client.pem", client.Chain() + client.key);
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls") << seen.message;
  EXPECT_THAT(seen.message, HasSubstr("for the client certificate that it had asked for"));
}

TEST_F(TlsCheck, ServerThatHangsUpWithoutHavingAskedForACertificateIsGood) {
  TlsServer server({.certificate = leaf_, .sends_tickets = false},
                   [](Connection& c) { c.CloseAbruptly(); });
  EXPECT_EQ(Verdict(RunCheck(Spec(server.Authority()))), "pass");
}

TEST_F(TlsCheck, PortsAreThoseOfTheProtocol) {
  // An address of loopback on which nobody listens; if somebody does, it is asked politely.
  CheckSpec spec = Spec("127.77.66.55");
  spec.timeout = 1s;
  EXPECT_EQ(RunCheck(spec).port, 443);
  for (const StartTlsProtocol& row : AllStartTlsProtocols()) {
    spec.tls.starttls = row.protocol;
    EXPECT_EQ(RunCheck(spec).port, row.port) << row.name;
  }
}

TEST_F(TlsCheck, CannotBeMadeOfNonsense) {
  EXPECT_THAT(WhyNotMade(SpecOf("tls", "tls://")), StartsWith("target: "));
  EXPECT_THAT(WhyNotMade(SpecOf("tls", "tls://host:99999")), StartsWith("target: "));
  CheckSpec spec = Spec("localhost");
  spec.tls.cacert = "/no/such/file";
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("/no/such/file"));
  spec = Spec("localhost");
  spec.address = "somewhere";
  EXPECT_THAT(WhyNotMade(spec), HasSubstr("address: not a numeric address"));
}

}  // namespace
}  // namespace gaikei
