/// Expectations on answers that came over the wire.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "checks/io/tls/certificate_maker.h"
#include "tests/checks/http_rig.h"
#include "tests/support/http_server.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using support::HttpRequest;
using support::HttpResponse;
using support::HttpServer;

/// Runs against a server that answers so, and evaluates the expressions as `warn`.
Observation RunAnswer(const HttpResponse& answer, std::initializer_list<std::string> expressions) {
  HttpServer server([&](const HttpRequest& request) {
    if (request.target == "/old")
      return HttpResponse{.status = 302, .headers = {{"Location", "/"}}};
    return answer;
  });
  CheckSpec spec = HttpSpec(server.Url("/old"));
  for (const std::string& text : expressions) spec.warn.push_back(Expect(text));
  return RunHttp(spec);
}

void ExpectHold(const HttpResponse& answer, std::initializer_list<std::string> expressions) {
  const Observation seen = RunAnswer(answer, expressions);
  EXPECT_EQ(seen.expect.size(), expressions.size()) << seen.message;
  for (const ExpectResult& result : seen.expect) {
    EXPECT_TRUE(result.pass) << result.expression << " was " << result.actual << result.error;
  }
}

void ExpectCannot(const HttpResponse& answer, const std::string& why,
                  std::initializer_list<std::string> expressions) {
  const Observation seen = RunAnswer(answer, expressions);
  EXPECT_EQ(seen.expect.size(), expressions.size()) << seen.message;
  for (const ExpectResult& result : seen.expect) {
    EXPECT_FALSE(result.pass) << result.expression;
    EXPECT_EQ(result.error, why) << result.expression;
  }
}

TEST(HttpExpect, LooksIntoListsOfAJsonBody) {
  ExpectHold({.status = 200, .body = R"({"items":[{"id":1,"ok":true},{"id":2,"ok":true}]})"},
             {"json.items[*].id any == 2", "all(json.items[*].ok) == true",
              "json.items.length == 2", "json.items[*].id all exists", "json.items[*].id != 3"});
  ExpectCannot({.status = 200, .body = R"({"items":[]})"}, "no such JSON value",
               {"json.items[*].id all > 0", "json.items[*].id != 3"});
}

TEST(HttpExpect, SeesWhatTheAnswerIs) {
  ExpectHold({.status = 200,
              .headers = {{"Server", "demo"}, {"Via", "1.1 a"}, {"VIA", "1.1 b"}, {"Age", "60"}},
              .body = "Hello\n"},
             {"status == 200",
              "redirects == 1",
              "http.version == 1.1",
              "address == 127.0.0.1",
              "body contains Hello",
              "body matches '^Hel+o'",
              "body.size == 6",
              "header.server == demo",
              "header.via == '1.1 b'",
              "header.via not contains c",
              "header.age < 61",
              "header.etag not exists",
              "duration < 10s",
              "duration > 0s",
              "phase.connect exists",
              "phase.processing < 10s",
              "phase.tls not exists",
              "phase.other exists",
              "certificate.days_left not exists",
              "tls.version not exists"});
}

TEST(HttpExpect, SeesTheCertificateAndTheTlsConnection) {
  const io::CertifiedKey key =
      io::MakeCertificate({.dns_names = {"shop.example"}, .addresses = {"127.0.0.1"}});
  HttpServer server([](const HttpRequest&) { return HttpResponse{.body = "ok"}; },
                    support::TlsServer::Wrap({.certificate = key}), "https");
  CheckSpec spec = HttpSpec(server.Url());
  spec.tls.insecure = true;
  for (const char* text :
       {"certificate.days_left > 0", "certificate.san == shop.example",
        "certificate.san in [127.0.0.1]", "certificate.issuer contains CN",
        "certificate.subject exists", "certificate.sha256 matches '^[0-9a-f]{64}$'",
        "certificate.key_type in [EC, RSA]", "certificate.key_bits >= 256", "tls.version >= 1.2",
        "tls.cipher contains _", "tls.ocsp not exists", "phase.tls > 0s"}) {
    spec.expect.push_back(Expect(text));
  }
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "pass") << seen.message;
  EXPECT_EQ(seen.expect.size(), 12U);
}

TEST(HttpExpect, SeesJsonWithItsTypes) {
  ExpectHold({.body = R"({"n":1,"t":"x","on":true,"none":null,"a":[{"b c":[2]}]})"},
             {"json.n == 1", "json.t == x", "json.on == true", "json.none == null",
              "json.a[0][\"b c\"][0] == 2", "json.a contains 'b c'", "json.gone not exists",
              "json exists"});
}

TEST(HttpExpect, CannotLookIntoWhatIsNoJson) {
  ExpectCannot({.body = "<html>"}, "the body is no JSON",
               {"json.a == 1", "json.a != 1", "json.a exists", "json.a not exists"});
}

TEST(HttpExpect, CannotTellWhatStandsBehindTheFirstMebibyte) {
  const std::string body = "first" + std::string(1 << 20, ' ') + "last";
  ExpectHold({.body = body}, {"body contains first", "body matches ^first", "body.size > 1MiB"});
  ExpectCannot({.body = body}, "only the beginning was kept, and what was asked for is not in it",
               {"body contains last", "body not contains last", "body matches ' $'"});
  ExpectCannot({.body = body}, "the body is too large to be inspected",
               {"json exists", "json not exists"});
}

TEST(HttpExpect, DoesNotShowACookie) {
  const Observation seen = RunAnswer({.headers = {{"Set-Cookie", "session=hunter2"}}},
                                     {"header.set-cookie contains other"});
  ASSERT_EQ(seen.expect.size(), 1U);
  EXPECT_EQ(seen.expect.front().actual, "<secret>");
  EXPECT_EQ(seen.message, "header.set-cookie contains other does not hold: it was <secret>");
}

TEST(HttpExpect, OnStatusTakesThePlaceOfAFinal2xx) {
  HttpServer server([](const HttpRequest&) { return HttpResponse{.status = 404}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.expect = {Expect("status == 404")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "pass");
  spec.expect = {Expect("status == 200")};
  const Observation seen = RunHttp(spec);
  EXPECT_EQ(Verdict(seen), "fail expect_status");
  EXPECT_EQ(seen.message, "status == 200 does not hold: it was 404");
}

TEST(HttpExpect, OnStatusAsAWarningDoesNot) {
  HttpServer server([](const HttpRequest&) { return HttpResponse{.status = 404}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.warn = {Expect("status == 404")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "fail expect_status");
}

TEST(HttpExpect, ThatFailsMakesAFailAndAWarningAWarn) {
  HttpServer server([](const HttpRequest&) { return HttpResponse{.body = "ok"}; });
  CheckSpec spec = HttpSpec(server.Url());
  spec.warn = {Expect("header.etag exists")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "warn expect_header");
  spec.expect = {Expect("body contains ok"), Expect("body contains Welcome")};
  EXPECT_EQ(Verdict(RunHttp(spec)), "fail expect_body");
}

}  // namespace
}  // namespace gaikei
