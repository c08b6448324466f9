/// Kind `tcp` on real sockets.

#include "checks/tcp/tcp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/free_port.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::Connection;
using support::TcpServer;
using testing::HasSubstr;
using What = DialogueStep::What;

DialogueStep Expecting(std::string pattern) {
  return {What::kExpect, Secret(std::move(pattern), false)};
}
DialogueStep Sending(std::string text) { return {What::kSend, Secret(std::move(text), false)}; }
DialogueStep TlsStep() { return {What::kStartTls, Secret()}; }

CheckSpec TcpSpec(std::uint16_t port, std::vector<DialogueStep> dialogue = {}) {
  CheckSpec spec = SpecOf("tcp", "tcp://127.0.0.1:" + std::to_string(port));
  spec.tcp.dialogue = std::move(dialogue);
  return spec;
}

expect::Expression ExpectTcp(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "tcp");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *compiled;
}

void Silent(Connection& connection) { connection.WaitUntilClosed(); }

/// A server with a certificate that its root, written to a file, vouches for.
struct Trust {
  io::CertifiedKey root = io::MakeCertificate(
      {.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  support::TempDir dir;
  std::string roots = dir.Write("roots.pem", root.certificate);
  support::TlsServerOptions options{
      .certificate = io::MakeCertificate(
          {.addresses = {"127.0.0.1"}, .not_after = WallNow() + 24h * 80, .issuer = &root})};
};

TEST(Tcp, PassesOnAConnectionAndTellsWhatTheKernelKnows) {
  TcpServer server(Silent);
  const Observation seen = RunCheck(TcpSpec(server.port()));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.tcp);
  EXPECT_GT(seen.tcp->rtt, 0ns);
  EXPECT_EQ(seen.tcp->response, "");
  EXPECT_TRUE(seen.phases[Phase::kConnect]);
  EXPECT_FALSE(seen.phases[Phase::kProcessing]);
  EXPECT_EQ(seen.address, "127.0.0.1");
}

TEST(Tcp, JudgesALineThatSendsASecretBackAsItCame) {
  TcpServer server([](Connection& connection) {
    connection.Write("you said canary-7\r\n");
    connection.WaitUntilClosed();
  });
  CheckSpec spec = TcpSpec(server.port(), {{What::kSend, Secret("canary-7\n")}, Expecting("said")});
  spec.expect = {ExpectTcp("response matches 'canary-[0-9]$'")};
  spec.warn = {ExpectTcp("response == 'x'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "warn expect_response") << seen.message;
  EXPECT_EQ(seen.tcp->response, "<secret>");
  EXPECT_EQ(seen.expect[0].actual, "<secret>");
  EXPECT_EQ(seen.message.find("canary"), std::string::npos) << seen.message;
}

TEST(Tcp, TellsARefusedConnection) {
  const support::RefusingPort port;
  EXPECT_EQ(Verdict(RunCheck(TcpSpec(port.port()))), "fail connect_refused connect");
}

TEST(Tcp, SpeaksADialogueWithGroups) {
  TcpServer server([](Connection& connection) {
    connection.Write("220-welcome\r\n220 mail.example ESMTP\r\n");
    const auto line = connection.ReadUntil("\r\n");
    connection.Write(line == "EHLO mail.example\r\n" ? "250 hello\r\n" : "550 who?\r\n");
    connection.WaitUntilClosed();
  });
  const Observation seen =
      RunCheck(TcpSpec(server.port(), {Expecting("^220 (\\S+)"), Sending("EHLO $1\r\n"),
                                       Expecting("^250"), Sending("QUIT\r\n")}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.tcp->dialogue,
            (std::vector<std::string>{"< 220-welcome", "< 220 mail.example ESMTP",
                                      "> EHLO mail.example", "< 250 hello", "> QUIT"}));
  EXPECT_EQ(seen.tcp->response, "250 hello");
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
  EXPECT_TRUE(seen.phases[Phase::kTransfer]);
}

TEST(Tcp, JudgesExpectationsOnTheResponse) {
  TcpServer server([](Connection& connection) {
    connection.Write("+PONG 42\r\n");
    connection.WaitUntilClosed();
  });
  CheckSpec spec = TcpSpec(server.port(), {Sending("PING\r\n"), Expecting("^\\+PONG")});
  spec.expect = {ExpectTcp("response contains '42'"), ExpectTcp("rtt < 10s")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
  spec.expect = {ExpectTcp("response contains '43'")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail expect_response");
}

TEST(Tcp, TakesABannerOnlyWhenAnExpectationAsksForIt) {
  TcpServer server([](Connection& connection) {
    for (const char c : std::string("SSH-2.0-\x1b[2JOpenSSH\r\n")) {
      connection.Write(std::string(1, c));
      if (connection.Pause(2ms)) return;
    }
    connection.WaitUntilClosed();
  });
  CheckSpec spec = TcpSpec(server.port());
  spec.expect = {ExpectTcp("response matches '^SSH-2.0-.*OpenSSH$'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.tcp->response, "SSH-2.0-\\x1b[2JOpenSSH");
}

TEST(Tcp, TakesABannerWithoutALineEndWhenNothingMoreComes) {
  TcpServer prompt([](Connection& connection) {
    connection.Write("login: ");
    connection.WaitUntilClosed();
  });
  CheckSpec spec = TcpSpec(prompt.port());
  spec.expect = {ExpectTcp("response == 'login: '")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
}

TEST(Tcp, WaitsInVainForABannerThatNeverComes) {
  TcpServer server(Silent);
  CheckSpec spec = TcpSpec(server.port());
  spec.timeout = 100ms;
  spec.expect = {ExpectTcp("response exists")};
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail response_timeout processing");

  TcpServer closing([](Connection& connection) { connection.CloseGracefully(); });
  spec = TcpSpec(closing.port());
  spec.expect = {ExpectTcp("response not contains 'x'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_response");
  EXPECT_EQ(seen.expect.front().error, "nothing came");
}

TEST(Tcp, TellsSilenceFromAnAnswerThatNeverMatches) {
  TcpServer silent(Silent);
  CheckSpec spec = TcpSpec(silent.port(), {Expecting("^220")});
  spec.timeout = 100ms;
  Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail response_timeout processing");
  EXPECT_THAT(seen.message, HasSubstr("step 1 (expect \"^220\"): nothing came"));
  EXPECT_TRUE(seen.tcp);

  TcpServer wrong([](Connection& connection) {
    connection.Write("421 busy\r\n");
    connection.WaitUntilClosed();
  });
  spec = TcpSpec(wrong.port(), {Expecting("^220")});
  spec.timeout = 300ms;
  seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail transfer_timeout transfer");
  EXPECT_THAT(seen.message, HasSubstr("last came \"421 busy\""));
  EXPECT_EQ(seen.tcp->dialogue, std::vector<std::string>{"< 421 busy"});
}

TEST(Tcp, FailsWhenThePeerClosesBeforeALineMatched) {
  TcpServer server([](Connection& connection) {
    connection.Write("421 \x1b]0;evil\x07 busy");
    connection.CloseGracefully();
  });
  const Observation seen = RunCheck(TcpSpec(server.port(), {Expecting("^220")}));
  EXPECT_EQ(Verdict(seen), "fail expect_response");
  EXPECT_EQ(seen.message,
            "step 1 (expect \"^220\"): the peer closed the connection, last came \"421 "
            "\\x1b]0;evil\\x07 busy\"");
}

TEST(Tcp, MatchesAPromptAndSingleBytes) {
  TcpServer server([](Connection& connection) {
    for (const char c : std::string("Debian\r\nlogin: ")) {
      connection.Write(std::string(1, c));
      if (connection.Pause(2ms)) return;
    }
    connection.ReadUntil("\n");
    connection.Write("Password: ");
    connection.WaitUntilClosed();
  });
  const Observation seen = RunCheck(TcpSpec(
      server.port(), {Expecting("^login: $"), Sending("probe\n"), Expecting("^Password: $")}));
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
}

TEST(Tcp, TellsAReset) {
  TcpServer server([](Connection& connection) {
    connection.ReadUntil("\n");
    connection.Reset();
  });
  const Observation seen = RunCheck(TcpSpec(server.port(), {Sending("hi\n"), Expecting(".")}));
  EXPECT_EQ(Verdict(seen), "fail reset processing");
}

TEST(Tcp, EndsAFloodByItsLimit) {
  TcpServer lines([](Connection& connection) {
    const std::string many(8192, '\n');
    while (connection.Write(many)) {
    }
  });
  EXPECT_EQ(Verdict(RunCheck(TcpSpec(lines.port(), {Expecting("^220")}))),
            "fail too_large transfer");
  TcpServer endless([](Connection& connection) {
    const std::string many(8192, 'x');
    while (connection.Write(many)) {
    }
  });
  EXPECT_EQ(Verdict(RunCheck(TcpSpec(endless.port(), {Expecting("^220")}))),
            "fail too_large transfer");
  CheckSpec banner = TcpSpec(endless.port());
  banner.expect = {ExpectTcp("response contains 'x'")};
  const Observation seen = RunCheck(banner);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_LE(seen.tcp->response.size(), 4096U);
}

TEST(Tcp, VerifiesTlsWhereItIsAskedFor) {
  const Trust trust;
  support::TlsServer server(trust.options, Silent);
  CheckSpec spec = TcpSpec(server.port());
  spec.tcp.tls = true;
  Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "fail tls_cert_untrusted tls");
  EXPECT_TRUE(seen.tls);

  spec.tls.cacert = trust.roots;
  spec.expect = {ExpectTcp("certificate.days_left > 30")};
  seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.tls->verified);
}

TEST(Tcp, TalksInsideTls) {
  const Trust trust;
  support::TlsServer server(trust.options, [](Connection& connection) {
    connection.Write("* OK ready\r\n");
    connection.WaitUntilClosed();
  });
  CheckSpec spec = TcpSpec(server.port(), {Expecting("^\\* OK")});
  spec.tcp.tls = true;
  spec.tls.cacert = trust.roots;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.phases[Phase::kProcessing]);
}

TEST(Tcp, BeginsTlsInTheMiddleOfADialogue) {
  const Trust trust;
  TcpServer server([&](Connection& connection) {
    connection.Write("220 hello\r\n");
    connection.ReadUntil("STARTTLS\r\n");
    connection.Write("220 go\r\n");
    const auto secure = support::StartTls(connection, trust.options);
    if (!secure) return;
    secure->ReadUntil("NOOP\r\n");
    secure->Write("250 inside\r\n");
    secure->WaitUntilClosed();
  });
  CheckSpec spec =
      TcpSpec(server.port(), {Expecting("^220"), Sending("STARTTLS\r\n"), Expecting("^220"),
                              TlsStep(), Sending("NOOP\r\n"), Expecting("^250 inside")});
  spec.tls.cacert = trust.roots;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  EXPECT_TRUE(seen.phases[Phase::kTls]);
}

TEST(Tcp, TakesPlainTextBehindTheAgreementOnTlsForAnInjection) {
  TcpServer server([](Connection& connection) {
    connection.Write("220 hello\r\n");
    connection.ReadUntil("STARTTLS\r\n");
    connection.Write("220 go\r\n250 injected\r\n");
    connection.WaitUntilClosed();
  });
  const Observation seen =
      RunCheck(TcpSpec(server.port(), {Expecting("^220"), Sending("STARTTLS\r\n"),
                                       Expecting("^220"), TlsStep(), Expecting("^250")}));
  EXPECT_EQ(Verdict(seen), "fail tls_protocol tls");
}

TEST(Tcp, TellsAHandshakeThatNeverEnds) {
  TcpServer server(Silent);
  CheckSpec spec = TcpSpec(server.port());
  spec.tcp.tls = true;
  spec.timeout = 100ms;
  EXPECT_EQ(Verdict(RunCheck(spec)), "fail tls_timeout tls");
}

TEST(Tcp, LooksAtNoPrivateAddressWhereThatIsDenied) {
  TcpServer server(Silent);
  CheckSpec spec = TcpSpec(server.port());
  spec.deny_private = true;
  EXPECT_EQ(Verdict(RunCheck(spec)), "unknown address_blocked");
  EXPECT_EQ(server.connections(), 0U);
}

TEST(Tcp, ReachesTheAddressItIsGiven) {
  TcpServer server(Silent);
  CheckSpec spec = SpecOf("tcp", "tcp://nowhere.invalid:" + std::to_string(server.port()));
  const auto peer = io::Address::Parse("127.0.0.1", 0);
  EXPECT_EQ(Verdict(RunCheck(spec, {}, {}, &*peer)), "pass");
  spec.address = "127.0.0.1";
  EXPECT_EQ(Verdict(RunCheck(spec)), "pass");
}

TEST(Tcp, RefusesWhatCannotBeMade) {
  const auto why = [](const CheckSpec& spec) {
    const auto check = MakeTcpCheck(spec);
    return check ? std::string() : check.error();
  };
  EXPECT_EQ(why(SpecOf("tcp", "tcp://host")), "target: no port; write tcp://host:port");
  EXPECT_THAT(why(TcpSpec(1, {Expecting("(")})), HasSubstr("dialogue step 1: "));
  CheckSpec twice = TcpSpec(1, {TlsStep()});
  twice.tcp.tls = true;
  EXPECT_EQ(why(twice), "dialogue: starttls where TLS is spoken already");
}

}  // namespace
}  // namespace gaikei
