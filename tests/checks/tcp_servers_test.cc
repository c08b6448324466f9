/// Dialogues with the servers that people run, written as people write them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/real_servers.h"
#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using support::RealServer;
using What = DialogueStep::What;

DialogueStep Expecting(std::string pattern) {
  return {What::kExpect, Secret(std::move(pattern), false)};
}
DialogueStep Sending(std::string text) { return {What::kSend, Secret(std::move(text), false)}; }
DialogueStep BeginTls() { return {What::kStartTls, Secret()}; }

expect::Expression ExpectTcp(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "tcp");
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *compiled;
}

TEST(TcpRealServers, EximGreetsAgainInsideTls) {
  const auto root = io::MakeCertificate(
      {.common_name = "Root", .not_after = WallNow() + 24h * 365, .is_ca = true});
  const auto leaf = io::MakeCertificate({.common_name = "exim",
                                         .dns_names = {"localhost"},
                                         .addresses = {"127.0.0.1"},
                                         .not_after = WallNow() + 24h * 80,
                                         .issuer = &root});
  const support::TempDir dir;
  const RealServer server = RealServer::Exim(leaf);
  CheckSpec spec = SpecOf("tcp", "tcp://" + server.Authority());
  spec.tls.cacert = dir.Write("roots.pem", root.certificate);
  spec.tcp.dialogue = {Expecting("^220 ([^ ]+)"),
                       Sending("EHLO probe.example\r\n"),
                       Expecting("^250[ -]STARTTLS"),
                       Expecting("^250 "),
                       Sending("STARTTLS\r\n"),
                       Expecting("^220"),
                       BeginTls(),
                       Sending("EHLO probe.example\r\n"),
                       Expecting("^250-(\\S+) Hello"),
                       Expecting("^250 "),
                       Sending("QUIT\r\n"),
                       Expecting("^221")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message << "\n" << server.log();
  ASSERT_TRUE(seen.tls);
  EXPECT_TRUE(seen.tls->verified);
  EXPECT_THAT(seen.tcp->response, testing::StartsWith("221 "));
}

TEST(TcpRealServers, VsftpdShowsItsBanner) {
  const RealServer server = RealServer::Vsftpd(std::nullopt);
  CheckSpec spec = SpecOf("tcp", "tcp://" + server.Authority());
  spec.expect = {ExpectTcp("response matches '^220 .*vsFTPd'")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message << "\n" << server.log();
}

TEST(TcpRealServers, DovecotAnswersUnderTheTagItIsGiven) {
  const RealServer server = RealServer::Dovecot("imap", std::nullopt);
  CheckSpec spec = SpecOf("tcp", "tcp://" + server.Authority());
  spec.tcp.dialogue = {Expecting("^\\* (?P<word>OK)"), Sending("tag-${word} NOOP\r\n"),
                       Expecting("^tag-OK OK")};
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message << "\n" << server.log();
}

}  // namespace
}  // namespace gaikei
