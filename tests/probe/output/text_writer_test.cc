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
  CertificateInfo issuer = leaf;
  issuer.subject = "CN=Example CA";
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

TEST(TextWriter, ShowsTheCertificateAndItsChain) {
  const std::string page = Page(WithCertificate());
  EXPECT_THAT(page, HasSubstr("TLSv1.3 · TLS_AES_256_GCM_SHA384 · ALPN h2"));
  EXPECT_THAT(page, HasSubstr("CN=shop.example"));
  EXPECT_THAT(page, HasSubstr("63 days left, until 2027-01-25"));
  EXPECT_THAT(page, HasSubstr("shop.example, www.shop.example"));
  EXPECT_THAT(page, HasSubstr("chain       CN=Example CA"));
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
