#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ACheck, WithItsTargetAloneHasTheDefaultsOfTheProgram) {
  const CheckSpec spec = CheckWith("");
  EXPECT_EQ(spec.identity->name, "home");
  EXPECT_EQ(spec.identity->kind, "http");
  EXPECT_EQ(spec.identity->target, "https://shop.example/");
  EXPECT_EQ(spec.where.file, "t.toml");
  EXPECT_EQ(spec.where.line, 2U);
  EXPECT_EQ(spec.where.column, 10U);
  EXPECT_EQ(spec.every, seconds(60));
  EXPECT_EQ(spec.timeout, seconds(10));
  EXPECT_EQ(spec.confirm, 1U);
  EXPECT_EQ(spec.http.max_redirects, 10U);
  EXPECT_FALSE(spec.http.compression);
  EXPECT_FALSE(spec.http.has_body);
  EXPECT_EQ(spec.http.user_agent, "gaikei/1.0");
}

TEST(ACheck, TakesEveryCommonKey) {
  const CheckSpec spec = CheckWith(R"(every = "1m30s"
timeout = "250ms"
regions = ["local"]
labels = { team = "web", app = "shop" }
confirm = 3
family = "ipv6"
address = "[2001:db8::1]"
deny_private = true)");
  EXPECT_EQ(spec.every, seconds(90));
  EXPECT_EQ(spec.timeout, milliseconds(250));
  EXPECT_THAT(spec.regions, ElementsAre("local"));
  EXPECT_THAT(spec.identity->labels, ElementsAre(Pair("app", "shop"), Pair("team", "web")));
  EXPECT_EQ(spec.confirm, 3U);
  EXPECT_EQ(spec.family, Family::kIpv6);
  EXPECT_EQ(spec.address, "2001:db8::1");
  EXPECT_TRUE(spec.deny_private);
}

TEST(ACheck, MayOutlastItsInterval) {
  EXPECT_TRUE(
      ErrorsOf("[check.a]\ntarget = \"a.example\"\nevery = \"1s\"\ntimeout = \"5s\"\n").empty());
}

TEST(ACheck, TakesEveryHttpKey) {
  const CheckSpec spec = CheckWith(R"(method = "PUT"
headers = { Accept = "text/html", X-Twice = ["a", "b"] }
body = "hello"
max_redirects = 0
max_body = "64KiB"
compression = "gzip,br"
http = "2")");
  EXPECT_EQ(spec.http.method, "PUT");
  ASSERT_EQ(spec.http.headers.size(), 3U);
  EXPECT_EQ(spec.http.headers[1].first, "X-Twice");
  EXPECT_EQ(spec.http.headers[2].second.Reveal(), "b");
  EXPECT_EQ(spec.http.body.Reveal(), "hello");
  EXPECT_FALSE(spec.http.body.is_secret());
  EXPECT_EQ(spec.http.max_redirects, 0U);
  EXPECT_EQ(spec.http.max_body, 65'536U);
  EXPECT_EQ(spec.http.compression, "gzip, br");
  EXPECT_EQ(spec.http.version, HttpVersion::k2);
}

TEST(ACheck, TakesEveryTlsKey) {
  const CheckSpec spec = CheckWith(R"(cacert = "ca.pem"
cert = "client.pem"
key = "client.key"
insecure = true
server_name = "other.example"
min_version = "1.2"
max_version = "1.3"
ciphers = "ECDHE+AESGCM")");
  EXPECT_EQ(spec.tls.cacert, "ca.pem");
  EXPECT_EQ(spec.tls.cert, "client.pem");
  EXPECT_EQ(spec.tls.key, "client.key");
  EXPECT_TRUE(spec.tls.insecure);
  EXPECT_EQ(spec.tls.server_name, "other.example");
  EXPECT_EQ(spec.tls.min_version, "1.2");
  EXPECT_EQ(spec.tls.max_version, "1.3");
  EXPECT_EQ(spec.tls.ciphers, "ECDHE+AESGCM");
}

TEST(ACheck, AsksForAllCodingsItKnowsWhereCompressionIsTrue) {
  EXPECT_EQ(CheckWith("compression = true").http.compression, "");
  EXPECT_FALSE(CheckWith("compression = false").http.compression);
}

TEST(ACheck, SendsAFormWithItsType) {
  const CheckSpec spec = CheckWith("form = { q = \"a b&c\", n = 5, t = [\"x\", \"\u00e9\"] }");
  EXPECT_EQ(spec.http.body.Reveal(), "q=a+b%26c&n=5&t=x&t=%C3%A9");
  ASSERT_EQ(spec.http.headers.size(), 1U);
  EXPECT_EQ(spec.http.headers[0].second.Reveal(), "application/x-www-form-urlencoded");
}

TEST(ACheck, KeepsAContentTypeOfItsOwn) {
  const CheckSpec spec =
      CheckWith("headers = { content-type = \"application/ld+json\" }\njson = {}");
  ASSERT_EQ(spec.http.headers.size(), 1U);
  EXPECT_EQ(spec.http.headers[0].second.Reveal(), "application/ld+json");
  EXPECT_EQ(spec.http.body.Reveal(), "{}");
}

TEST(ACheck, MayHaveAnEmptyBody) {
  const CheckSpec spec = CheckWith("body = \"\"");
  EXPECT_TRUE(spec.http.has_body);
  EXPECT_TRUE(spec.http.body.empty());
}

TEST(Defaults, HoldForEveryCheckThatSaysNothingElse) {
  const Config config = Loaded(R"([probe]
user_agent = "us/2"
[defaults]
every = "5s"
timeout = "2s"
confirm = 2
labels = { team = "web", env = "prod" }
deny_private = true
max_body = 1000
compression = true
cacert = "ca.pem"
[check.plain]
target = "https://a.example/"
[check.own]
target = "https://b.example/"
every = "1m"
labels = { team = "db" }
deny_private = false
compression = false
cacert = "other.pem"
)");
  ASSERT_EQ(config.checks.size(), 2U);
  const CheckSpec& plain = config.checks[0];
  EXPECT_EQ(plain.every, seconds(5));
  EXPECT_EQ(plain.timeout, seconds(2));
  EXPECT_EQ(plain.confirm, 2U);
  EXPECT_THAT(plain.identity->labels, ElementsAre(Pair("env", "prod"), Pair("team", "web")));
  EXPECT_TRUE(plain.deny_private);
  EXPECT_EQ(plain.http.max_body, 1000U);
  EXPECT_EQ(plain.http.user_agent, "us/2");
  EXPECT_EQ(plain.tls.cacert, "ca.pem");
  const CheckSpec& own = config.checks[1];
  EXPECT_EQ(own.every, seconds(60));
  EXPECT_EQ(own.timeout, seconds(2));
  EXPECT_THAT(own.identity->labels, ElementsAre(Pair("env", "prod"), Pair("team", "db")));
  EXPECT_FALSE(own.deny_private);
  EXPECT_FALSE(own.http.compression);
  EXPECT_EQ(own.tls.cacert, "other.pem");
}

TEST(Expectations, AreCompiledInTheirOrder) {
  const CheckSpec spec = CheckWith(
      "expect = [\"status == 200\", 'body contains \"x\"']\nwarn = [\"duration < 800ms\"]");
  ASSERT_EQ(spec.expect.size(), 2U);
  EXPECT_EQ(spec.expect[0].text(), "status == 200");
  EXPECT_EQ(spec.expect[1].text(), "body contains \"x\"");
  ASSERT_EQ(spec.warn.size(), 1U);
}

TEST(Expectations, ThatAreWrongAreToldAtTheirColumnInsideTheString) {
  const auto config = LoadTexts(
      {{"t.toml",
        "[check.a]\ntarget = \"a.example\"\nexpect = [\"status == 200\", \"stauts == 200\"]\n"}},
      "");
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().size(), 1U);
  EXPECT_EQ(config.error()[0].line, 3U);
  EXPECT_EQ(config.error()[0].column, 29U);
  EXPECT_THAT(config.error()[0].message, ::testing::HasSubstr("status"));
}

}  // namespace
}  // namespace gaikei
