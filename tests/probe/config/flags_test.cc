#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> ErrorsOfFlags(const CheckFlags& flags) {
  const auto spec = CheckFromFlags(flags);
  return spec ? std::vector<std::string>() : spec.error();
}

TEST(Flags, MakeACheckNamedAfterItsTarget) {
  CheckFlags flags;
  flags.target = "shop.example/a";
  const auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec) << ::testing::PrintToString(spec.error());
  EXPECT_EQ(spec->identity->name, "shop.example/a");
  EXPECT_EQ(spec->identity->target, "https://shop.example/a");
  EXPECT_EQ(spec->target.Reveal(), "https://shop.example/a");
  EXPECT_TRUE(spec->where.file.empty());
}

TEST(Flags, NameNoCheckAfterItsPassword) {
  CheckFlags flags;
  flags.target = "https://u:hunter2@shop.example/";
  const auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec) << ::testing::PrintToString(spec.error());
  EXPECT_EQ(spec->identity->name, "https://shop.example/");
  EXPECT_EQ(spec->target.Reveal(), flags.target);
}

TEST(Flags, AreAllTaken) {
  CheckFlags flags;
  flags.target = "https://shop.example/";
  flags.expect = {"status == 200"};
  flags.warn = {"duration < 1s"};
  flags.method = "POST";
  flags.headers = {"X-A: 1", "X-A:2", "Authorization: Bearer x"};
  flags.body = "x";
  flags.timeout = "2s";
  flags.address = "192.0.2.1";
  flags.ipv4 = true;
  flags.insecure = true;
  flags.cacert = "ca.pem";
  flags.cert = "c.pem";
  flags.key = "k.pem";
  flags.http = "1.1";
  flags.max_redirects = "3";
  flags.allow_private = true;
  flags.user_agent = "us/1";
  const auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec) << ::testing::PrintToString(spec.error());
  EXPECT_EQ(spec->expect.size(), 1U);
  EXPECT_EQ(spec->warn.size(), 1U);
  EXPECT_EQ(spec->http.method, "POST");
  ASSERT_EQ(spec->http.headers.size(), 3U);
  EXPECT_EQ(spec->http.headers[0].second.Reveal(), "1");
  EXPECT_EQ(spec->http.headers[1].second.Reveal(), "2");
  EXPECT_TRUE(spec->http.headers[2].second.is_secret());
  EXPECT_EQ(spec->http.body.Reveal(), "x");
  EXPECT_EQ(spec->timeout, std::chrono::seconds(2));
  EXPECT_EQ(spec->address, "192.0.2.1");
  EXPECT_EQ(spec->family, Family::kIpv4);
  EXPECT_TRUE(spec->tls.insecure);
  EXPECT_EQ(spec->tls.cacert, "ca.pem");
  EXPECT_EQ(spec->tls.key, "k.pem");
  EXPECT_EQ(spec->http.version, HttpVersion::k1_1);
  EXPECT_EQ(spec->http.max_redirects, 3U);
  EXPECT_TRUE(spec->allow_private);
  EXPECT_EQ(spec->http.user_agent, "us/1");
}

CheckSpec Made(const CheckFlags& flags) {
  auto spec = CheckFromFlags(flags);
  if (spec) return std::move(*spec);
  ADD_FAILURE() << ::testing::PrintToString(spec.error());
  return {};
}

TEST(Flags, OfATlsCheckAreAllTaken) {
  CheckFlags flags;
  flags.target = "tls://mail.example:587";
  flags.starttls = "smtp";
  flags.server_name = "mx.example";
  flags.alpn = {"a", "b"};
  flags.min_version = "1.2";
  flags.max_version = "1.3";
  flags.ciphers = "HIGH";
  flags.ignore_lints = {"expires_soon"};
  flags.all_addresses = true;
  const CheckSpec spec = Made(flags);
  EXPECT_EQ(spec.tls.starttls, StartTls::kSmtp);
  EXPECT_EQ(spec.tls.server_name, "mx.example");
  EXPECT_THAT(spec.tls.alpn, ElementsAre("a", "b"));
  EXPECT_EQ(spec.tls.min_version, "1.2");
  EXPECT_EQ(spec.tls.max_version, "1.3");
  EXPECT_EQ(spec.tls.ciphers, "HIGH");
  EXPECT_THAT(spec.tls.ignore_lints, ElementsAre("expires_soon"));
  EXPECT_EQ(spec.addresses, AddressPolicy::kAll);
}

TEST(Flags, OfADnsCheckAreAllTaken) {
  CheckFlags flags;
  flags.target = "dns:shop.example";
  flags.servers = {"192.0.2.1", "192.0.2.2"};
  flags.transport = "tcp";
  flags.dnssec = "validate";
  flags.nsid = flags.no_recursion = true;
  flags.trust_anchor = "anchor.key";
  flags.ecs = "192.0.2.0/24";
  const CheckSpec spec = Made(flags);
  EXPECT_THAT(spec.dns.servers, ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(spec.dns.transport, DnsTransport::kTcp);
  EXPECT_TRUE(spec.dns.validate);
  EXPECT_TRUE(spec.dns.nsid);
  EXPECT_FALSE(spec.dns.recursion);
  EXPECT_EQ(spec.dns.trust_anchor, "anchor.key");
  EXPECT_EQ(spec.dns.ecs, "192.0.2.0/24");

  CheckFlags all;
  all.target = "dns:shop.example";
  all.servers = {"authoritative"};
  EXPECT_TRUE(Made(all).dns.is_authoritative);
}

TEST(Flags, OfATcpCheckKeepTheOrderOfItsDialogue) {
  CheckFlags flags;
  flags.target = "tcp://mail.example:465";
  flags.tls = true;
  flags.dialogue = {{false, "^220 (\\S+)"}, {true, "EHLO $1\\r\\n\\x41\\0\\\\"}};
  const CheckSpec spec = Made(flags);
  EXPECT_TRUE(spec.tcp.tls);
  ASSERT_EQ(spec.tcp.dialogue.size(), 2U);
  EXPECT_EQ(spec.tcp.dialogue[0].text.Reveal(), "^220 (\\S+)");
  EXPECT_EQ(spec.tcp.dialogue[1].text.Reveal(), std::string_view("EHLO $1\r\nA\0\\", 12));
}

TEST(Flags, RefuseAnEscapeThatIsNone) {
  for (const char* text : {"\\", "\\q", "\\x4", "\\x4g"}) {
    CheckFlags flags;
    flags.target = "tcp://mail.example:25";
    flags.dialogue = {{true, text}};
    EXPECT_THAT(ErrorsOfFlags(flags),
                ElementsAre("--send: a backslash is followed by none of r n t 0 \\ xNN"))
        << text;
  }
}

TEST(Flags, OfAnIcmpCheckAreAllTaken) {
  CheckFlags flags;
  flags.target = "icmp://shop.example";
  flags.icmp_count = "5";
  EXPECT_EQ(Made(flags).icmp.count, 5U);
}

TEST(Flags, OfAnotherKindAreRefusedByName) {
  CheckFlags flags;
  flags.target = "shop.example";
  flags.starttls = "smtp";
  flags.icmp_count = "5";
  flags.no_recursion = true;
  EXPECT_THAT(ErrorsOfFlags(flags),
              ElementsAre("--starttls: starttls is no key of a check of kind http: tls",
                          "--no-recursion: recursion is no key of a check of kind http: dns",
                          "--icmp-count: count is no key of a check of kind http: icmp"));
}

TEST(Flags, ThatAreWrongAreAllToldAndNamed) {
  CheckFlags flags;
  flags.target = "gopher://shop.example/";
  flags.timeout = "5x";
  flags.headers = {"Authorization Bearer hunter2"};
  flags.max_redirects = "many";
  flags.ipv4 = flags.ipv6 = true;
  flags.http = "4";
  EXPECT_THAT(
      ErrorsOfFlags(flags),
      ::testing::UnorderedElementsAre(
          StartsWith("target: unknown scheme \"gopher\"; known: https, http, "),
          StartsWith("--timeout: "), "--header: expected \"Name: value\", found no colon",
          "--max-redirects: \"many\" is no integer", "-4: contradicts -6", StartsWith("--http: ")));
}

TEST(Flags, GiveTheColumnOfAMistakeInAnExpression) {
  CheckFlags flags;
  flags.target = "shop.example";
  flags.expect = {"status == 200", "body contaisn 'x'"};
  EXPECT_THAT(ErrorsOfFlags(flags),
              ElementsAre(StartsWith("--expect 'body contaisn 'x'': column 6: ")));
}

TEST(Flags, ThatContradictEachOtherAreRefused) {
  CheckFlags flags;
  flags.target = "shop.example";
  flags.allow_private = flags.deny_private = true;
  EXPECT_THAT(ErrorsOfFlags(flags), ElementsAre(HasSubstr("contradicts")));
}

}  // namespace
}  // namespace gaikei
