#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/output/style.h"
#include "tests/probe/output/samples.h"

namespace gaikei::output_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Page(const Outcome& outcome, WriterOptions options = Plain()) {
  return Written("text", options, {outcome});
}

Outcome WithCertificate() {
  Outcome outcome = Sample();
  outcome.tls.emplace();
  outcome.tls->version = "TLSv1.3";
  outcome.tls->cipher = "TLS_AES_256_GCM_SHA384";
  outcome.tls->alpn = "h2";
  outcome.tls->verified = true;
  CertificateInfo leaf;
  leaf.subject = "CN=shop.example";
  leaf.issuer = "CN=Example CA";
  leaf.not_before = At(-std::chrono::hours(24));
  leaf.not_after = At(std::chrono::hours(24 * 63 + 1));
  leaf.san = {"shop.example", "www.shop.example"};
  leaf.sha256 = "aa";
  CertificateInfo issuer = leaf;
  issuer.subject = "CN=Example CA";
  issuer.sha256 = "bb";
  outcome.tls->chain = {leaf, issuer};
  return outcome;
}

TEST(TextWriter, SaysTheVerdictFirst) {
  const std::string page = Page(Sample());
  const std::string first = page.substr(0, page.find('\n'));
  EXPECT_THAT(first, HasSubstr("✔ PASS"));
  EXPECT_THAT(first, HasSubstr("https://shop.example/"));
  EXPECT_THAT(first, HasSubstr("tokyo"));
  EXPECT_THAT(first, HasSubstr("100ms"));
  EXPECT_THAT(page, HasSubstr("check       home"));
}

TEST(TextWriter, ShowsWhereItWentAndWhatCameBack) {
  const std::string page = Page(Sample());
  EXPECT_THAT(page, HasSubstr("192.0.2.1 port 443 (IPv4)"));
  EXPECT_THAT(page, HasSubstr("HTTP/2 200 · 12.1 KiB"));
  EXPECT_THAT(page, Not(HasSubstr("why")));
  EXPECT_THAT(page, Not(HasSubstr("nginx")));
}

TEST(TextWriter, ShowsEveryRedirect) {
  Outcome outcome = Sample();
  outcome.http->redirects.push_back({"http://a.example/",
                                     301,
                                     "https://a.example/",
                                     "192.0.2.1",
                                     {},
                                     std::chrono::milliseconds(7)});
  EXPECT_THAT(Page(outcome), HasSubstr("301 http://a.example/ → https://a.example/ (7ms)"));
}

TEST(TextWriter, ShowsTheWayThatARequestTook) {
  Outcome outcome = Sample();
  outcome.http->proxy = {"http", "192.0.2.7:3128", 200, std::chrono::milliseconds(5)};
  outcome.http->is_reused = true;
  outcome.http->traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  outcome.http->token_duration = std::chrono::milliseconds(30);
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("proxy       http 192.0.2.7:3128 · CONNECT 200 · 5ms of connect\n"));
  EXPECT_THAT(page, HasSubstr("connection  reused, it stood before\n"));
  EXPECT_THAT(page,
              HasSubstr("traceparent 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"));
  EXPECT_THAT(page, HasSubstr("token       asked for before, 30ms\n"));
}

TEST(TextWriter, ShowsTheProxyThatDidNotLetARequestThrough) {
  Outcome outcome = Sample();
  outcome.http->status = 0;
  outcome.http->is_reused = false;
  outcome.http->proxy = {"socks5", "192.0.2.7:1080", 0, Span(0)};
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("proxy       socks5 192.0.2.7:1080\n"));
  EXPECT_THAT(page, Not(HasSubstr("connection")));
}

TEST(TextWriter, ShowsTheCertificateAndItsChain) {
  const std::string page = Page(WithCertificate());
  EXPECT_THAT(page, HasSubstr("TLSv1.3 · TLS_AES_256_GCM_SHA384 · ALPN h2"));
  EXPECT_THAT(page, HasSubstr("CN=shop.example"));
  EXPECT_THAT(page, HasSubstr("63 days left, until 2027-01-25"));
  EXPECT_THAT(page, HasSubstr("shop.example, www.shop.example"));
  EXPECT_THAT(page, HasSubstr("chain       CN=Example CA"));
}

TEST(TextWriter, ShowsTheChainAsATreeFromTheTrustedRootDown) {
  Outcome outcome = WithCertificate();
  TlsEvidence& tls = *outcome.tls;
  CertificateInfo root = tls.chain[1];
  root.subject = root.issuer = "CN=Example Root";
  root.sha256 = "cc";
  tls.verified_chain = {tls.chain[0], tls.chain[1], root};
  CertificateInfo stray = root;
  stray.subject = "CN=Stray";
  stray.sha256 = "dd";
  tls.chain.push_back(stray);
  tls.lints = {{"expires_soon", "expires in 3 days"}};
  const std::string page = Page(outcome);
  EXPECT_THAT(
      page,
      HasSubstr("chain       CN=Example Root · 63 days left, until 2027-01-25, trusted, not"));
  EXPECT_THAT(page, HasSubstr("              └ CN=Example CA · 63 days left"));
  EXPECT_THAT(page, HasSubstr("                └ CN=shop.example · 63 days left"));
  EXPECT_THAT(page, HasSubstr("CN=Stray (sent, not needed)"));
  EXPECT_THAT(page, HasSubstr("lints       expires_soon: expires in 3 days"));
}

TEST(TextWriter, NamesTheIssuerThatWasNotSent) {
  Outcome outcome = WithCertificate();
  outcome.tls->chain.pop_back();
  EXPECT_THAT(Page(outcome), HasSubstr("chain       CN=Example CA (not sent)\n"));
}

Outcome Answered() {
  Outcome outcome = Sample();
  outcome.http.reset();
  DnsEvidence& dns = outcome.dns.emplace();
  dns.question = "shop.example. IN MX";
  dns.server = "192.0.2.53:53";
  dns.transport = "udp";
  dns.rcode = "NOERROR";
  dns.flags = {"qr", "rd", "ra"};
  dns.size = 80;
  dns.duration = std::chrono::milliseconds(7);
  dns.answer.records = {{"shop.example.", 300, "IN", "MX", "10 mail.shop.example."},
                        {"shop.example.", 300, "IN", "MX", "20 b.example."}};
  dns.answer.count = 3;
  return outcome;
}

TEST(TextWriter, ReadsLikeAnAnswerOfDig) {
  const std::string page = Page(Answered());
  EXPECT_THAT(page, HasSubstr("question    shop.example. IN MX"));
  EXPECT_THAT(page, HasSubstr("server      192.0.2.53:53 · UDP · 7ms · 80 bytes"));
  EXPECT_THAT(page, HasSubstr("rcode       NOERROR · qr rd ra"));
  EXPECT_THAT(page, HasSubstr("answer      shop.example.  300  IN MX  10 mail.shop.example.\n"));
  EXPECT_THAT(page, HasSubstr("and 1 more"));
}

TEST(TextWriter, PointsAtTheServerThatDiffers) {
  Outcome outcome = Answered();
  DnsEvidence& dns = *outcome.dns;
  DnsAnswer one = dns;
  one.server = "192.0.2.1:53";
  one.server_name = "ns1.example.";
  one.serial = 42;
  DnsAnswer other = one;
  other.server = "192.0.2.2:53";
  other.server_name = "ns2.example.";
  other.serial = 41;
  DnsAnswer silent;
  silent.server = "192.0.2.3:53";
  silent.message = "no answer";
  dns.servers = {one, other, silent};
  dns.differing = {"192.0.2.2:53"};
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("✔ ns1.example. (192.0.2.1:53) · NOERROR · serial 42 · 7ms"));
  EXPECT_THAT(page,
              HasSubstr("✘ differs: ns2.example. (192.0.2.2:53) · NOERROR · serial 41 · 7ms"));
  EXPECT_THAT(page, HasSubstr("✘ 192.0.2.3:53 · no answer"));
}

TEST(TextWriter, ShowsWhatEveryAddressGave) {
  Outcome outcome = WithCertificate();
  Observation good = outcome;
  Observation bad = outcome;
  bad.address = "192.0.2.2";
  bad.Fail(Reason::kTlsCertExpired, Phase::kTls, "certificate has expired");
  outcome.addresses = {good, bad};
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("addresses   ✔ 192.0.2.1 · 100ms · 200 · 63 days left"));
  EXPECT_THAT(page, HasSubstr("✘ 192.0.2.2 · 100ms"));
  EXPECT_THAT(page, HasSubstr("certificate has expired"));
}

TEST(TextWriter, ShowsLossAndRoundTrips) {
  Outcome outcome = Sample();
  outcome.http.reset();
  outcome.port = 0;
  const Span rtt = std::chrono::milliseconds(2);
  outcome.icmp = {5, 4, 0.2, rtt, rtt, rtt, Span(0), 64, 0, "raw", {}};
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("address     192.0.2.1 (IPv4)"));
  EXPECT_THAT(page, HasSubstr("5 sent, 4 received · 20 % loss · ttl 64"));
  EXPECT_THAT(page, HasSubstr("min 2ms, mean 2ms, max 2ms, jitter 0"));
}

TEST(TextWriter, ShowsADialogueAndLostSegments) {
  Outcome outcome = Sample();
  outcome.tcp = {std::chrono::milliseconds(3),
                 std::chrono::milliseconds(1),
                 2,
                 1,
                 {"< 220 ready", "> QUIT"},
                 "220 ready"};
  outcome.resolve = {"", false, {}, {"192.0.2.9:53 did not answer"}, {"shop.example. HTTPS 1 ."}};
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("dialogue    < 220 ready"));
  EXPECT_THAT(page, HasSubstr("2 segments sent again, 1 lost"));
  EXPECT_THAT(page, HasSubstr("resolver    192.0.2.9:53 did not answer"));
  EXPECT_THAT(page, HasSubstr("https rr    shop.example. HTTPS 1 ."));
}

TEST(TextWriter, SaysSinceWhenACertificateHasExpired) {
  Outcome outcome = WithCertificate();
  outcome.tls->chain[0].not_after = At(-std::chrono::hours(49));
  outcome.tls->verified = false;
  outcome.tls->verify_error = "certificate has expired";
  const std::string page = Page(outcome);
  EXPECT_THAT(page, HasSubstr("expired 2 days ago, on 2026-11-21"));
  EXPECT_THAT(page, HasSubstr("not verified: certificate has expired"));
}

TEST(TextWriter, SaysWhyItFailedInPlainWords) {
  const std::string page = Page(Refused());
  EXPECT_THAT(page, HasSubstr("✘ FAIL"));
  EXPECT_THAT(page, HasSubstr("connect_refused"));
  EXPECT_THAT(page, HasSubstr("connect to 192.0.2.1:443: connection refused"));
  EXPECT_THAT(page, HasSubstr("nothing listens on that port. The"));
  EXPECT_THAT(page, HasSubstr("look at"));
}

TEST(TextWriter, ShowsExpectationsWithWhatWasSeen) {
  const std::string page = Page(Slow());
  EXPECT_THAT(page, HasSubstr("! WARN"));
  EXPECT_THAT(page, HasSubstr("✔ status == 200 · 200"));
  EXPECT_THAT(page, HasSubstr("! duration < 50ms · was 100ms"));
  EXPECT_THAT(page, HasSubstr("What must hold still"));
}

TEST(TextWriter, SaysOfAnUnknownThatItTellsNothingAboutTheTarget) {
  const std::string page = Page(Skipped());
  EXPECT_THAT(page, HasSubstr("? UNKNOWN"));
  EXPECT_THAT(page, HasSubstr("says"));
  EXPECT_THAT(page, HasSubstr("prober_skipped"));
}

TEST(TextWriter, ShowsHeadersOnlyWhenVerbose) {
  WriterOptions options = Plain();
  options.verbose = true;
  EXPECT_THAT(Page(Sample(), options), HasSubstr("server: nginx"));
}

TEST(TextWriter, ColoursOnlyWhenAsked) {
  EXPECT_THAT(Page(Refused()), Not(HasSubstr("\x1b")));
  WriterOptions options = Plain();
  options.color = true;
  EXPECT_THAT(Page(Refused(), options), HasSubstr("\x1b[1;31m✘ FAIL\x1b[0m"));
}

TEST(TextWriter, NeverWritesWiderThanTheTerminal) {
  Outcome outcome = WithCertificate();
  outcome.expect = Slow().expect;
  outcome.dns = Answered().dns;
  outcome.dns->answer.records.push_back(
      {std::string(100, 'n') + ".", 300, "IN", "TXT", std::string(300, 't')});
  outcome.dns->servers = {*outcome.dns, *outcome.dns};
  outcome.dns->servers[1].server = std::string(90, 's');
  outcome.addresses = {outcome, outcome};
  outcome.tls->verified_chain = outcome.tls->chain;
  outcome.Fail(Reason::kTlsCertExpired, Phase::kTls, std::string(200, 'm'));
  auto identity = std::make_shared<CheckIdentity>(*outcome.check);
  identity->target = "https://shop.example/" + std::string(200, 'p');
  outcome.check = identity;
  for (const unsigned width : {50U, 80U, 132U}) {
    WriterOptions options = Plain();
    options.width = width;
    std::string page = Page(outcome, options);
    while (!page.empty()) {
      const std::string line = page.substr(0, page.find('\n'));
      EXPECT_LE(DisplayWidth(line), width) << line;
      page.erase(0, line.size() + 1);
    }
  }
}

TEST(TextWriter, WritesAsciiAloneWithoutUtf8) {
  Outcome outcome = Refused();
  outcome.message = "caf\xc3\xa9";
  WriterOptions options;
  options.utf8 = false;
  const std::string page = Page(outcome, options);
  EXPECT_THAT(page, HasSubstr("caf\\xc3\\xa9"));
  for (const char c : page) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(TextWriter, GivesManyOutcomesALineEachAndASummary) {
  WriterOptions options = Plain();
  options.compact = true;
  const std::string text =
      Written("text", options, {Sample("a"), Slow("b"), Refused("c"), Skipped("d")});
  EXPECT_THAT(text, HasSubstr("✔ pass     a"));
  EXPECT_THAT(text, HasSubstr("HTTP/2 200"));
  EXPECT_THAT(text, HasSubstr("connect_refused"));
  EXPECT_THAT(text, HasSubstr("4 outcomes: 1 pass, 1 warn, 1 fail, 1 unknown"));
}

TEST(TextWriter, SaysOnlyWhatIsNotPassWhenQuiet) {
  WriterOptions options = Plain();
  options.compact = true;
  options.quiet = true;
  const std::string text = Written("text", options, {Sample("good"), Refused("bad")});
  EXPECT_THAT(text, Not(HasSubstr("good")));
  EXPECT_THAT(text, HasSubstr("bad"));
  EXPECT_THAT(text, Not(HasSubstr("outcomes:")));
  EXPECT_EQ(Written("text", options, {Sample()}), "");
}

}  // namespace
}  // namespace gaikei::output_test
