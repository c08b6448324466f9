#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>

#include "tests/checks/expect/script_source.h"

namespace gaikei::expect {
namespace {

using Texts = std::vector<std::string_view>;

ExpectResult Result(std::string_view text, const Source& source) {
  const auto compiled = Expression::Compile(text, "http");
  if (!compiled) return {std::string(text), false, false, "", compiled.error().message};
  return compiled->Evaluate(source);
}

void ExpectHold(const Source& source, std::initializer_list<std::string_view> expressions) {
  for (const std::string_view text : expressions) {
    const ExpectResult result = Result(text, source);
    EXPECT_TRUE(result.pass) << text << " was " << result.actual;
    EXPECT_EQ(result.error, "") << text;
    EXPECT_EQ(result.expression, text);
  }
}

/// They do not hold, and that could be told.
void ExpectNotHold(const Source& source, std::initializer_list<std::string_view> expressions) {
  for (const std::string_view text : expressions) {
    const ExpectResult result = Result(text, source);
    EXPECT_FALSE(result.pass) << text << " was " << result.actual;
    EXPECT_EQ(result.error, "") << text;
  }
}

/// They cannot be evaluated, for the reason `why`.
void ExpectCannot(const Source& source, std::string_view why,
                  std::initializer_list<std::string_view> expressions) {
  for (const std::string_view text : expressions) {
    const ExpectResult result = Result(text, source);
    EXPECT_FALSE(result.pass) << text;
    EXPECT_EQ(result.error, why) << text;
  }
}

TEST(Evaluate, ComparesNumbers) {
  const auto seen = ScriptSource().Set(Subject::kStatus, 200.0).Set(Subject::kRedirects, 2.0);
  ExpectHold(seen, {"status == 200", "status==200", "  status   ==   200  ", "status != 404",
                    "status < 300", "status <= 200", "status > 199.5", "status >= 2e2",
                    "redirects not == 3", "redirects not > 2", "status not != 200"});
  ExpectNotHold(seen, {"status == 404", "status != 200", "status < 200", "status > 200",
                       "status not == 200", "status not >= 200", "redirects == 2.5"});
}

TEST(Evaluate, LooksIntoRangesAndLists) {
  const auto seen = ScriptSource()
                        .Set(Subject::kStatus, 204.0)
                        .Set(Subject::kDuration, 0.25)
                        .Set(Subject::kTlsAlpn, std::string_view("h2"));
  ExpectHold(seen, {"status in 200..299", "status in 204..204", "status in [200, 204]",
                    "status in [404,200..299]", "status in [ 204 ]", "status not in 300..399",
                    "status not in [200, 201]", "duration in 100ms..0.25s",
                    "tls.alpn in [http/1.1, h2]", "tls.alpn in ['h2']"});
  ExpectNotHold(seen, {"status in 300..399", "status in [200, 201]", "status not in 200..299",
                       "tls.alpn in [http/1.1, h3]", "duration in [1s, 2s..3s]"});
}

TEST(Evaluate, ComparesSpansWithUnits) {
  const auto seen =
      ScriptSource().Set(Subject::kDuration, 0.8).Set(Subject::kPhase, "connect", 0.0125);
  ExpectHold(seen, {"duration < 801ms", "duration <= 800ms", "duration == 0.8s", "duration < 1m",
                    "phase.connect < 13ms", "phase.connect > 12000us"});
  ExpectNotHold(seen, {"duration < 800ms", "duration > 1s", "phase.connect > 13ms"});
}

TEST(Evaluate, ComparesSizesInBytes) {
  const auto seen = ScriptSource().Set(Subject::kBodySize, 65536.0);
  ExpectHold(seen, {"body.size == 64KiB", "body.size == 65536", "body.size > 64kB",
                    "body.size < 1MiB", "body.size <= 0.0625MiB", "body.size >= 65536B"});
  ExpectNotHold(seen, {"body.size < 64KiB", "body.size > 1GB"});
}

TEST(Evaluate, CountsDaysOfACertificate) {
  const auto seen = ScriptSource().Set(Subject::kCertificateDaysLeft, 13.5);
  ExpectHold(seen, {"certificate.days_left > 13", "certificate.days_left < 14",
                    "certificate.days_left < 2w", "certificate.days_left in 1..30",
                    "certificate.days_left > -1"});
  ExpectNotHold(seen, {"certificate.days_left > 14", "certificate.days_left > 14d"});
}

TEST(Evaluate, OrdersVersions) {
  const auto seen = ScriptSource()
                        .Set(Subject::kTlsVersion, std::string_view("TLSv1.2"))
                        .Set(Subject::kHttpVersion, std::string_view("1.1"));
  ExpectHold(seen, {"tls.version >= 1.2", "tls.version == TLSv1.2", "tls.version == 'TLS 1.2'",
                    "tls.version < 1.3", "tls.version in 1.2..1.3", "http.version >= 1.1",
                    "http.version < 2", "http.version == HTTP/1.1", "http.version in [1.1, 2]"});
  ExpectNotHold(seen, {"tls.version >= 1.3", "tls.version == 1.0", "http.version == 2"});
  ExpectCannot(ScriptSource().Set(Subject::kTlsVersion, std::string_view("")),
               "it is no TLS version that is known here",
               {"tls.version >= 1.2", "tls.version not >= 1.2", "tls.version != 1.2"});
  ExpectCannot(ScriptSource().Set(Subject::kHttpVersion, std::string_view("0.9")),
               "it is no HTTP version that is known here", {"http.version not == 2"});
}

TEST(Evaluate, LooksIntoTexts) {
  const auto seen = ScriptSource()
                        .Set(Subject::kBody, std::string_view("It's 42\n\"ok\"\t\\d"))
                        .Set(Subject::kCertificateIssuer, std::string_view("CN=R11,O=Let's"));
  ExpectHold(
      seen, {"body contains 42", "body contains 'It\\'s'", "body contains \"It's\"",
             R"(body contains '42\n"ok"\t')", R"(body contains "\"ok\"")", R"(body contains '\\d')",
             "body not contains 'it'", "body not contains missing", "body != ''",
             "certificate.issuer contains R11", "certificate.issuer == \"CN=R11,O=Let's\"",
             "certificate.issuer not == R11", "body exists"});
  ExpectNotHold(seen, {"body contains 'IT'", "body == 42", "body not contains 42",
                       "certificate.issuer contains 'r11'", "body not exists"});
}

TEST(Evaluate, MatchesPatternsOfRe2) {
  const auto seen = ScriptSource().Set(Subject::kBody, std::string_view("version 1.42\nok"));
  ExpectHold(seen, {"body matches 'version \\d+\\.\\d+'", R"(body matches 'version \\d')",
                    "body matches ^version", "body matches 'ok$'", "body matches '(?i)VERSION'",
                    "body matches '(?m)42$'", "body matches 'a|o'", "body not matches '^ok'",
                    "body matches '\\n'", "body matches ''"});
  ExpectNotHold(seen, {"body matches '42$'", "body matches 'VERSION'", "body not matches 'ok'",
                       "body matches '1.42.ok'"});
}

TEST(Evaluate, MatchesBytesThatAreNoUtf8) {
  const auto seen = ScriptSource().Set(Subject::kBody, std::string_view("a\xff\0b", 4));
  ExpectHold(seen, {"body matches '^a'", "body matches 'b$'", "body not matches '^a..b$'",
                    "body contains b"});
}

TEST(Evaluate, StaysLinearWherePatternsBacktrack) {
  const std::string body(1 << 20, 'a');
  const auto seen = ScriptSource().Set(Subject::kBody, std::string_view(body));
  ExpectNotHold(seen, {"body matches '(a+)+b'", "body matches '^(a|aa)+$x'",
                       "body matches '(.*)(.*)(.*)(.*)(.*)[^a]'"});
}

TEST(Evaluate, LetsAnyValueOfAHeaderMatch) {
  const auto seen = ScriptSource()
                        .Set(Subject::kHeader, "via", Texts{"1.1 a", "1.1 b"})
                        .Set(Subject::kHeader, "age", Texts{"60"})
                        .Set(Subject::kHeader, "x-mixed", Texts{"fast", "7"});
  ExpectHold(seen, {"header.via == '1.1 b'", "header.VIA contains a", "header.Via matches 'b$'",
                    "header.via in [x, '1.1 a']", "header.via exists", "header.via not == c",
                    "header.via != c", "header.via not contains c", "header.age < 3600",
                    "header.age == 60", "header.age == '60'", "header.age in 0..60",
                    "header.x-mixed > 6"});
  ExpectNotHold(seen, {"header.via == '1.1'", "header.via not == '1.1 a'", "header.via != '1.1 a'",
                       "header.via not contains a", "header.age == 60.0", "header.age >= 61",
                       "header.via not exists", "header.x-mixed not > 6"});
  ExpectCannot(seen, "it is a text, not a number",
               {"header.via > 1", "header.via not > 1", "header.x-mixed > 7",
                "header.x-mixed not > 7", "header.via in 1..2"});
}

TEST(Evaluate, ComparesAddressesAndFingerprintsInAnySpelling) {
  const std::string sha(64, 'a');
  const auto seen = ScriptSource()
                        .Set(Subject::kAddress, std::string_view("2001:db8::1"))
                        .Set(Subject::kCertificateSha256, std::string_view(sha));
  std::string pairs = "certificate.sha256 == ";
  for (int i = 0; i < 32; ++i) pairs += i == 0 ? "AA" : ":aA";
  ExpectHold(seen, {"address == 2001:DB8:0::1", "address in [192.0.2.1, 2001:db8::1]",
                    "address != 192.0.2.1", "address contains db8", pairs,
                    "certificate.sha256 matches '^a+$'"});
  ExpectNotHold(seen, {"address == ::1", "address not contains '::'"});
}

TEST(Evaluate, TellsTheTypesOfJsonApart) {
  const auto seen = ScriptSource()
                        .Set(Subject::kJson, "n", 42.0)
                        .Set(Subject::kJson, "t", std::string_view("42"))
                        .Set(Subject::kJson, "on", true)
                        .Set(Subject::kJson, "none", JsonNull{})
                        .Set(Subject::kJson, "items[0]", JsonWhole{"[1,\"b\"]"})
                        .Set(Subject::kJson, "[\"a b\"].c", JsonWhole{"{}"});
  ExpectHold(seen, {"json.n == 42",
                    "json.n < 42.5",
                    "json.n in 1..50",
                    "json.n != 41",
                    "json.t == '42'",
                    "json.t contains 4",
                    "json.t matches '^\\d+$'",
                    "json.t in [a, '42']",
                    "json.on == true",
                    "json.on != false",
                    "json.on in [1, true]",
                    "json.none == null",
                    "json.none exists",
                    "json.n != null",
                    "json.items[0] != null",
                    "json.items[0] contains '\"b\"'",
                    "json[\"a b\"].c exists",
                    "json['a b'].c not exists",
                    "json.n in [a, 42]",
                    "json.n not in [a, 41]",
                    "json.gone not exists"});
  ExpectNotHold(seen, {"json.n == 41", "json.n > 42", "json.t == 'x'", "json.on == false",
                       "json.none != null", "json.n == null", "json.gone exists",
                       "json.items[0] contains c"});
  ExpectCannot(seen, "it is a number, not a text",
               {"json.n == '42'", "json.n != '42'", "json.n not == x", "json.n contains 4"});
  ExpectCannot(seen, "it is a text, not a number",
               {"json.t == 42", "json.t != 42", "json.t < 50", "json.t not < 50", "json.t in 1..50",
                "json.t in [1, 2]"});
  ExpectCannot(seen, "it is true or false, not a text", {"json.on == 'true'"});
  ExpectCannot(seen, "it is true or false, not a number", {"json.on == 1", "json.on > 0"});
  ExpectCannot(seen, "it is null, not a number", {"json.none < 1", "json.none not == 0"});
  ExpectCannot(seen, "it is an array, not a number", {"json.items[0] != 1"});
  ExpectCannot(seen, "it is an object, not true or false", {"json[\"a b\"].c == true"});
}

TEST(Evaluate, AsksOneOrAllOfSeveralJsonValues) {
  ScriptSource seen;
  seen.Set(Subject::kJson, "p[*]", JsonMany{{1.0, 2.0, 3.0}, 0})
      .Set(Subject::kJson, "half[*]", JsonMany{{1.0, 2.0}, 1})
      .Set(Subject::kJson, "mixed[*]", JsonMany{{1.0, std::string_view("2")}, 0});
  ExpectHold(
      seen, {"json.p[*] == 2", "json.p[*] any == 2", "any(json.p[*]) == 2", "json.p[*] all > 0",
             "all(json.p[*]) in 1..3", "json.p[*] not == 4", "json.p[*] != 4", "json.p[*] all != 4",
             "json.p[*] any not == 2", "json.p[*] any != 2", "json.p[*] all exists",
             "json.half[*] exists", "json.half[*] any not exists", "json.half[*] any == 1"});
  ExpectNotHold(seen, {"json.p[*] == 4", "json.p[*] all > 1", "json.p[*] all not == 2",
                       "json.p[*] != 2", "json.p[*] not exists", "json.half[*] all exists",
                       "json.half[*] all not exists", "json.half[*] all > 1"});
  ExpectCannot(seen, "an element has no such value", {"json.half[*] all > 0"});
  ExpectCannot(seen, "it is a text, not a number",
               {"json.mixed[*] all > 0", "json.mixed[*] any > 1", "json.mixed[*] not > 1"});
  ExpectHold(seen, {"json.mixed[*] any == 1"});
  ExpectCannot(seen, "nothing there", {"json.none[*] all > 0", "json.none[*] any > 0"});
}

TEST(Evaluate, AsksOneOrAllOfSeveralTexts) {
  ScriptSource seen;
  seen.Set(Subject::kHeader, "via", Texts{"1.1 a", "1.1 b"});
  ExpectHold(seen, {"header.via all matches '^1.1'", "any(header.via) contains b",
                    "header.via any not contains b", "header.via all not contains c"});
  ExpectNotHold(seen, {"header.via all contains b", "header.via not contains b"});
}

TEST(Evaluate, IsFalseEitherWayWhereNothingIsThere) {
  const ScriptSource seen;
  ExpectCannot(seen, "nothing there",
               {"status == 200", "status not == 200", "status != 200", "body contains x",
                "body not contains x", "body not matches x", "header.x in [a]",
                "header.x not in [a]", "json.a < 1", "duration not < 1s", "tls.version < 1.3"});
  ExpectHold(seen, {"header.x not exists", "json.a not exists", "tls.ocsp not exists"});
  ExpectNotHold(seen, {"header.x exists", "json.a exists"});
}

TEST(Evaluate, CannotTellWhetherSomethingExistsInWhatIsNoDocument) {
  const auto seen = ScriptSource().Set(Subject::kJson, "a", Missing{"the body is no JSON", true});
  ExpectCannot(seen, "the body is no JSON",
               {"json.a exists", "json.a not exists", "json.a == 1", "json.a != 1"});
}

TEST(Evaluate, CannotTellWhatMayStandBehindACut) {
  const auto seen = ScriptSource().Set(Subject::kBody, std::string_view("hello world")).Cut();
  ExpectHold(seen, {"body contains hello", "body matches '^hello'", "body matches 'o w'",
                    "body != hello", "body != goodbye", "body not in [a, b]", "body exists"});
  ExpectNotHold(seen, {"body not contains hello", "body == 'hello world'", "body not matches hell",
                       "body == 'hello'", "body in [a, b]"});
  ExpectCannot(seen, "only the beginning was kept, and what was asked for is not in it",
               {"body contains bye", "body not contains bye", "body matches bye",
                "body not matches bye", "body matches 'world$'", "body not matches 'world$'",
                "body matches 'world\\b'", "body matches '^hello world$'"});
  ExpectCannot(seen, "only the beginning was kept, which is the same",
               {"body == 'hello world!'", "body != 'hello world!'", "body in ['hello world!', a]",
                "body not in [a, 'hello world!']"});
}

TEST(Evaluate, NeverThrowsWhateverASourceAnswers) {
  const std::vector<Value> values = {Missing{},
                                     Missing{"x", true},
                                     0.0,
                                     -1.5,
                                     std::numeric_limits<double>::infinity(),
                                     std::nan(""),
                                     std::numeric_limits<double>::max(),
                                     std::string_view(),
                                     std::string_view("\xff\x00\x1b[31m", 7),
                                     Texts{},
                                     Texts{"", "a"},
                                     true,
                                     JsonNull{},
                                     JsonWhole{"[]"},
                                     JsonWhole{""},
                                     JsonMany{{1.0, std::string_view("a"), JsonNull{}}, 1}};
  int evaluated = 0;
  for (const char* text : {"status == 1",
                           "status in [1, 2..3]",
                           "duration < 1s",
                           "phase.tls > 1s",
                           "header.x < 1",
                           "header.x in 1..2",
                           "body contains a",
                           "body matches 'a$'",
                           "body == ''",
                           "body.size > 1",
                           "json.a == 1",
                           "json.a[*] all > 1",
                           "json.a[*] any not exists",
                           "json.a in [1, a, true, null, 1..2]",
                           "json.a matches x",
                           "json.a exists",
                           "redirects != 0",
                           "http.version >= 2",
                           "address == ::1",
                           "certificate.days_left < 1",
                           "certificate.san contains a",
                           "tls.version < 1.3",
                           "tls.ocsp not exists"}) {
    const auto compiled = Expression::Compile(text, "http");
    ASSERT_TRUE(compiled) << text << ": " << compiled.error().message;
    for (const Value& value : values) {
      for (const bool is_cut : {false, true}) {
        ScriptSource source;
        source.Set(compiled->subject(), "", value).Set(compiled->subject(), "x", value);
        source.Set(compiled->subject(), "a", value).Set(compiled->subject(), "tls", value);
        if (is_cut) source.Cut();
        ExpectResult result;
        EXPECT_NO_THROW(result = compiled->Evaluate(source)) << text;
        EXPECT_TRUE(result.error.empty() || !result.pass) << text;
        ++evaluated;
      }
    }
  }
  EXPECT_EQ(evaluated, 23 * 16 * 2);
}

}  // namespace
}  // namespace gaikei::expect
