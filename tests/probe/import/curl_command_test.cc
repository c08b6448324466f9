#include "probe/import/curl_command.h"

#include "tests/probe/import/support.h"

namespace gaikei {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

/// What a script becomes, which is valid.
std::string Imported(std::string_view script) {
  const auto journey = ImportCurlScript(script, "imported");
  if (!journey) {
    ADD_FAILURE() << journey.error();
    return "";
  }
  EXPECT_EQ(WhyRefused(*journey), "") << script;
  return JourneyText(*journey);
}

std::string Wrong(std::string_view script) {
  const auto journey = ImportCurlScript(script, "imported");
  return journey ? "" : journey.error();
}

TEST(ACurlCommand, BecomesAStep) {
  const std::string text = Imported(R"(curl -X PUT https://shop.example/a \
  -H 'Accept: text/plain' -H 'X-Two: 1' -H 'X-Two: 2' -A probe/2 -e https://shop.example/ \
  --http1.1 --compressed -k -L --max-redirs 3 -m 2.5 -4 -sS -o /dev/null)");
  EXPECT_THAT(text, HasSubstr("[journey.imported]"));
  EXPECT_THAT(text, HasSubstr("[[journey.imported.step]]"));
  EXPECT_THAT(text, HasSubstr("= \"PUT /a\"\n"));
  EXPECT_THAT(text, HasSubstr("target        = \"https://shop.example/a\"\n"));
  EXPECT_THAT(text, HasSubstr("method        = \"PUT\"\n"));
  EXPECT_THAT(text, HasSubstr("{ Accept = \"text/plain\", X-Two = [\"1\", \"2\"], User-Agent = "
                              "\"probe/2\", Referer = \"https://shop.example/\" }"));
  EXPECT_THAT(text, HasSubstr("http          = \"1.1\"\n"));
  EXPECT_THAT(text, HasSubstr("compression   = true\n"));
  EXPECT_THAT(text, HasSubstr("insecure      = true\n"));
  EXPECT_THAT(text, HasSubstr("max_redirects = 3\n"));
  EXPECT_THAT(text, HasSubstr("timeout       = \"2500ms\"\n"));
  EXPECT_THAT(text, HasSubstr("family        = \"ipv4\"\n"));
  EXPECT_THAT(text, Not(HasSubstr("/dev/null")));
}

TEST(ACurlCommand, StopsAtTheFirstAnswerUnlessItFollows) {
  EXPECT_THAT(Imported("curl a.example"), HasSubstr("max_redirects = 0\n"));
  EXPECT_THAT(Imported("curl a.example"), HasSubstr("expect        = [\"status < 400\"]"));
  EXPECT_THAT(Imported("curl a.example"), HasSubstr("\"http://a.example\""));
  EXPECT_THAT(Imported("curl -L a.example"), HasSubstr("max_redirects = 50\n"));
  EXPECT_THAT(Imported("curl -Lf a.example"), HasSubstr("expect        = [\"status < 400\"]"));
}

TEST(DataOfCurl, BecomeJson) {
  const std::string text = Imported(
      R"(curl https://a.example -H 'Content-Type: application/json' -d '{"a":[1,2.5,true,"x"],"b":{}}')");
  EXPECT_THAT(text, HasSubstr("json          = { a = [1, 2.5, true, \"x\"], b = {} }"));
  EXPECT_THAT(text, Not(HasSubstr("Content-Type")));
  EXPECT_THAT(text, HasSubstr("method        = \"POST\"\n"));
  EXPECT_THAT(Imported(R"(curl https://a.example --json '{"a":1}')"),
              HasSubstr("headers       = { Accept = \"application/json\" }"));
}

TEST(DataOfCurl, StayTextWhereTomlCannotSayThem) {
  for (const char* const body : {R"({"a":null})", R"({"a":1,"a":2})", R"({"env":"x"})", "[1",
                                 R"({"a":123456789012345678901234567890})",
                                 R"({"a":18446744073709551615})", R"({"a${b}":1})", "1e999"}) {
    const std::string text = Imported(std::string("curl https://a.example --json '") + body + "'");
    EXPECT_THAT(text, HasSubstr("body          = \"")) << body;
    EXPECT_THAT(text, HasSubstr("Content-Type = \"application/json\"")) << body;
  }
}

TEST(DataOfCurl, BecomeAForm) {
  EXPECT_THAT(Imported("curl https://a.example -d a=1 -d 'b=x%20y+z' --data-urlencode 'c=ü&='"),
              HasSubstr("form          = { a = \"1\", b = \"x y z\", c = \"ü&=\" }"));
  EXPECT_THAT(Imported("curl https://a.example -d a=1 -d a=2"),
              HasSubstr("form          = { a = [\"1\", \"2\"] }"));
  const std::string raw = Imported("curl https://a.example -d 'just text'");
  EXPECT_THAT(raw, HasSubstr("body          = \"just text\""));
  EXPECT_THAT(raw, HasSubstr("Content-Type = \"application/x-www-form-urlencoded\""));
  EXPECT_THAT(Imported("curl -G https://a.example/s -d q=1 --data-urlencode 'r=a b'"),
              HasSubstr("\"https://a.example/s?q=1&r=a%20b\""));
}

TEST(DataOfCurl, BecomeParts) {
  EXPECT_THAT(Imported("curl https://a.example -F 'a=1' --form-string 'b=@x'"),
              HasSubstr("multipart     = [{ name = \"a\", value = \"1\" }, { name = \"b\", value = "
                        "\"@x\" }]"));
  EXPECT_THAT(Imported("curl https://a.example -F 'a={};type=application/json'"),
              HasSubstr("{ name = \"a\", value = \"{}\", type = \"application/json\" }"));
}

TEST(AReferenceInACurlCommand, IsNoneInAJourney) {
  EXPECT_THAT(Imported("curl 'https://a.example' -H 'X-A: ${b}' -d '${c}'"),
              HasSubstr("X-A = \"$${b}\""));
  EXPECT_THAT(Imported("curl -g 'https://a.example/?q=${x}'"),
              HasSubstr("https://a.example/?q=$${x}"));
}

TEST(SecretsOfCurl, AreNeverWritten) {
  const std::string text = Imported(
      "curl -u probe:canary1 'https://a.example/a' -H 'X-Api-Key: canary2' -b 'sid=canary3' "
      "--json '{\"user\":\"probe\",\"password\":\"canary4\",\"n\":{\"token\":[\"canary5\"]}}'\n"
      "curl 'https://u:canary6@a.example/b' -d 'user=probe&csrf_token=canary8'\n"
      "curl 'https://a.example/b' -H 'Authorization: Bearer canary7'\n"
      "curl 'https://a.example/c?api_key=canary9' --oauth2-bearer canary10\n"
      "curl https://a.example/d -F password=canary11 --digest -u d:canary12\n"
      "curl https://a.example/e -d 'password canary13'\n"
      "curl https://a.example/f --json '{\"pin\":12345,\"secret\":\"canary14\",\"x\":null}'\n"
      "curl -x http://u:canary15@proxy.example:3128 https://a.example/g");
  EXPECT_THAT(text, Not(HasSubstr("canary")));
  EXPECT_THAT(text, Not(HasSubstr("12345")));
  EXPECT_THAT(text, HasSubstr("auth          = { basic = { user = \"probe\", password = { env = "
                              "\"PROBE_PASSWORD_2\" } } }"));
  EXPECT_THAT(text, HasSubstr("X-Api-Key = { env = \"PROBE_X_API_KEY\" }"));
  EXPECT_THAT(text, HasSubstr("password = { env = \"PROBE_PASSWORD\" }"));
  EXPECT_THAT(text, HasSubstr("csrf_token = { env = \"PROBE_CSRF_TOKEN\" }"));
  EXPECT_THAT(text, HasSubstr("target        = { env = \"PROBE_URL\" }"));
  EXPECT_THAT(text, HasSubstr("#   PROBE_PASSWORD_2  (step \"POST /a\": password of basic)"));
}

TEST(SecretsOfCurl, ProveWhoAsksInOneWay) {
  const std::string why =
      "1:1: -u, --oauth2-bearer, a user in the URL and a header Authorization: one of them";
  EXPECT_EQ(Wrong("curl https://u:p@a.example -u v:q"), why);
  EXPECT_EQ(Wrong("curl https://a.example -u v:q --oauth2-bearer x"), why);
  EXPECT_EQ(Wrong("curl https://a.example -u v:q -H 'authorization: x'"), why);
  EXPECT_EQ(Wrong("curl https://a.example -u v:"), "1:1: -u: a user and a password are needed");
  EXPECT_THAT(Imported("curl https://a.example -u v"), HasSubstr("env = \"PROBE_PASSWORD\""));
  EXPECT_EQ(Wrong("curl https://a.example -b a=1 -H 'Cookie: b=2'"),
            "1:1: -b beside a header Cookie");
}

TEST(CookiesOfCurl, AreKeptApart) {
  const std::string text = Imported("curl https://a.example -b 'a=1; b=canary' -b c=");
  EXPECT_THAT(text, HasSubstr("cookies       = { a = { env = \"PROBE_COOKIE_A\" }, b = { env = "
                              "\"PROBE_COOKIE_B\" }, c = \"\" }"));
}

TEST(AProxyOfCurl, IsGivenItsPassword) {
  EXPECT_THAT(Imported("curl -x proxy.example a.example"),
              HasSubstr("proxy         = \"http://proxy.example:1080\""));
  EXPECT_THAT(Imported("curl -x socks5h://proxy.example:9 -U u:canary a.example"),
              HasSubstr("proxy         = { url = \"socks5h://proxy.example:9\", user = \"u\", "
                        "password = { env = \"PROBE_PROXY_PASSWORD\" } }"));
  EXPECT_EQ(Wrong("curl -x https://proxy.example:9 a.example"),
            "1:1: -x: a proxy that is none of http, socks5 and socks5h");
}

TEST(SecretsOfCurl, HaveOneNameForOneText) {
  const auto journey = ImportCurlScript(
      "curl a.example/1 -H 'X-Token: same'; curl a.example/2 -H 'X-Token: same'; curl a.example/3 "
      "-H 'X-Token: other'",
      "j");
  ASSERT_TRUE(journey);
  EXPECT_THAT(journey->secrets.entries(), SizeIs(2));
}

TEST(SeveralUrlsOfCurl, AreSeveralSteps) {
  const auto journey = ImportCurlScript(
      "curl https://a.example/1 https://a.example/1 --next -I https://a.example/2\ncurl "
      "https://b.example",
      "j");
  ASSERT_TRUE(journey) << journey.error();
  ASSERT_THAT(journey->steps, SizeIs(4));
  EXPECT_EQ(journey->steps[0].name, "GET /1");
  EXPECT_EQ(journey->steps[1].name, "GET /1 (2)");
  EXPECT_EQ(journey->steps[2].name, "HEAD /2");
  EXPECT_EQ(journey->steps[3].name, "GET /");
  EXPECT_EQ(WhyRefused(*journey), "");
}

TEST(AddressesOfCurl, AreTakenWhereTheyConcernTheUrl) {
  EXPECT_THAT(Imported("curl https://a.example --resolve a.example:443:192.0.2.1"),
              HasSubstr("address       = \"192.0.2.1\""));
  EXPECT_THAT(Imported("curl https://a.example --resolve 'a.example:443:[2001:db8::1]'"),
              HasSubstr("address       = \"2001:db8::1\""));
  EXPECT_THAT(Imported("curl https://a.example --resolve b.example:443:192.0.2.1"),
              Not(HasSubstr("address")));
  EXPECT_THAT(Imported("curl https://a.example --connect-to ::192.0.2.1:"),
              HasSubstr("address       = \"192.0.2.1\""));
  EXPECT_THAT(Wrong("curl https://a.example --connect-to ::b.example:"),
              HasSubstr("no numeric address"));
}

TEST(WhatCannotBeImported, IsNamed) {
  EXPECT_EQ(Wrong("curl a.example\n\ncurl --ftp-pasv a.example"),
            "3:1: option --ftp-pasv cannot be imported");
  EXPECT_EQ(Wrong("curl -sT file a.example"), "1:1: option -T cannot be imported");
  EXPECT_EQ(Wrong("curl a.example -H"), "1:1: option -H has no value");
  EXPECT_EQ(Wrong("curl -d @file a.example"),
            "1:1: -d: a body from a file is not imported; write it out");
  EXPECT_EQ(Wrong("curl -F a=@file a.example"), "1:1: -F: a part from a file is not imported");
  EXPECT_EQ(Wrong("curl -b jar.txt a.example"),
            "1:1: -b: cookies from a file are not imported; what steps set is kept by itself");
  EXPECT_EQ(Wrong("curl -s"), "1:1: no URL");
  EXPECT_EQ(Wrong("wget a.example"), "1:1: \"wget\" is no curl command");
  EXPECT_EQ(Wrong("curl ftp://a.example"), "1:1: a URL that is neither http nor https");
  EXPECT_EQ(Wrong("curl 'https://a.example/{a,b}'"),
            "1:1: a URL with {} or [] means several; write each, or -g");
  EXPECT_EQ(Wrong("curl a.example -m 0"), "1:1: -m: \"0\" is no time from 0.001 to 3600 seconds");
  EXPECT_EQ(Wrong("curl $'a.example/\\xff'"),
            "1:1: a word that is not UTF-8, which TOML cannot hold");
  EXPECT_EQ(Wrong(""), "no curl command");
  EXPECT_EQ(Wrong(std::string(kImportLimit + 1, ' ')), "larger than 16 MiB");
  std::string many;
  for (int i = 0; i < 65; ++i) many += "curl a.example\n";
  EXPECT_EQ(Wrong(many), "65:1: more than 64 requests");
}

TEST(WhatWouldBeNoJourney, IsRefused) {
  EXPECT_THAT(Wrong("curl --tls-max 7 a.example"),
              HasSubstr("no valid journey would come of it: max_version = \"7\" is none of"));
  EXPECT_THAT(Wrong("curl -6 --resolve a.example:80:192.0.2.1 a.example"),
              HasSubstr("contradicts family"));
}

TEST(WhatDoesNoHarm, IsToldInAComment) {
  const std::string text = Imported("curl --retry 3 --connect-timeout 2 -H 'Expect:' a.example");
  EXPECT_THAT(text, HasSubstr("# --retry 3: not imported\n"));
  EXPECT_THAT(text, HasSubstr("# --connect-timeout 2: not imported\n"));
  EXPECT_THAT(text, HasSubstr("# a header that curl leaves out: Expect\n"));
}

TEST(ACommandLine, IsTakenWordByWord) {
  const std::vector<std::string> words = {"curl", "-H", "X-A: $HOME | b", "https://a.example"};
  const auto journey = ImportCurlWords(words, "a b");
  ASSERT_TRUE(journey) << journey.error();
  EXPECT_THAT(JourneyText(*journey), HasSubstr("[journey.\"a b\"]"));
  EXPECT_THAT(JourneyText(*journey), HasSubstr("X-A = \"$HOME | b\""));
  EXPECT_EQ(WhyRefused(*journey), "");
}

}  // namespace
}  // namespace gaikei
