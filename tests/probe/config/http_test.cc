#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The only error of a check that holds these keys.
std::string ErrorOf(const std::string& keys) {
  const auto errors = ErrorsOf("[check.home]\ntarget = \"https://shop.example/\"\n" + keys + "\n");
  EXPECT_EQ(errors.size(), 1U) << ::testing::PrintToString(errors);
  return errors.empty() ? "" : errors.front();
}

TEST(HttpKeys, KeepCookiesUnlessTheySayOtherwise) {
  EXPECT_TRUE(CheckWith("").http.keeps_cookies);
  EXPECT_TRUE(CheckWith("cookies = true").http.keeps_cookies);
  EXPECT_FALSE(CheckWith("cookies = false").http.keeps_cookies);
}

TEST(HttpKeys, TakeCookiesOfTheirOwnAsSecrets) {
  const Environment sid("GAIKEI_TEST_SID", "abc");
  const CheckSpec spec =
      CheckWith("cookies = { sid = { env = \"GAIKEI_TEST_SID\" }, lang = \"ja\" }");
  EXPECT_TRUE(spec.http.keeps_cookies);
  ASSERT_EQ(spec.http.cookies.size(), 2U);
  EXPECT_EQ(spec.http.cookies[0].first, "sid");
  EXPECT_EQ(spec.http.cookies[0].second.Reveal(), "abc");
  EXPECT_EQ(spec.http.cookies[1].second.Reveal(), "ja");
  EXPECT_TRUE(spec.http.cookies[1].second.is_secret());
}

TEST(HttpKeys, RefuseCookiesThatCannotBeSent) {
  EXPECT_THAT(ErrorOf("cookies = 5"), HasSubstr("3:11: expected a boolean or a table of cookies"));
  EXPECT_THAT(ErrorOf("cookies = { \"a b\" = \"v\" }"), HasSubstr("not a name of a cookie: a b"));
  const std::string error = ErrorOf("cookies = { a = \"x;canary\" }");
  EXPECT_THAT(error, HasSubstr("the value of cookie a has control characters or a semicolon"));
  EXPECT_EQ(error.find("canary"), std::string::npos);
  EXPECT_THAT(ErrorOf("headers = { cookie = \"a=1\" }\ncookies = { b = \"2\" }"),
              HasSubstr("4:1: cookies beside a header Cookie"));
}

TEST(HttpKeys, SayWhatABodyIsMadeOf) {
  EXPECT_EQ(CheckWith("body = \"x\"").http.body_format, BodyFormat::kRaw);
  EXPECT_EQ(CheckWith("json = { a = 1 }").http.body_format, BodyFormat::kJson);
  EXPECT_EQ(CheckWith("form = { a = 1 }").http.body_format, BodyFormat::kForm);
  EXPECT_EQ(CheckWith("multipart = [{ name = \"a\", value = \"b\" }]").http.body_format,
            BodyFormat::kMultipart);
}

TEST(HttpKeys, TakeABodyFileByteForByte) {
  const Directory directory;
  const std::string bytes("\0\xff\r\n\n", 5);
  const std::string path = directory.Write("body.bin", bytes);
  const CheckSpec spec = CheckWith("body = { file = \"" + path + "\" }");
  EXPECT_TRUE(spec.http.body.Reveal() == bytes);
  EXPECT_TRUE(spec.http.body.is_secret());
  const std::string empty = directory.Write("empty", "");
  EXPECT_TRUE(CheckWith("body = { file = \"" + empty + "\" }").http.has_body);
  const std::string large = directory.Write("large", std::string(100'000, 'x'));
  EXPECT_EQ(CheckWith("body = { file = \"" + large + "\" }").http.body.Reveal().size(), 100'000U);
}

TEST(HttpKeys, RefuseABodyFileThatIsTooLargeOrNotPrivate) {
  const Directory directory;
  const std::string large = directory.Write("large", "");
  std::filesystem::resize_file(large, 64 * 1024 * 1024 + 1);
  EXPECT_THAT(ErrorOf("body = { file = \"" + large + "\" }"), HasSubstr("is larger than 64 MiB"));
  const std::string open = directory.Write("open", "x", 0644);
  EXPECT_THAT(ErrorOf("body = { file = \"" + open + "\" }"), HasSubstr("has mode 0644"));
}

TEST(HttpKeys, BuildAMultipartBody) {
  const Directory directory;
  const std::string path = directory.Write("cat.png", std::string("\x89PNG\0\n", 6), 0644);
  const CheckSpec spec = CheckWith(
      "multipart = [{ name = \"a\\\"b\", value = \"1\\r\\n2\" }, "
      "{ name = \"f\", file = \"" +
      path +
      "\" }, "
      "{ name = \"g\", file = \"" +
      path + "\", filename = \"x.png\", type = \"image/png\" }]");
  EXPECT_EQ(spec.http.method, "");
  ASSERT_EQ(spec.http.headers.size(), 1U);
  EXPECT_EQ(spec.http.headers[0].second.Reveal(),
            "multipart/form-data; boundary=gaikei-00000000000000000000");
  const std::string line = "--gaikei-00000000000000000000";
  const std::string picture("\x89PNG\0\n", 6);
  EXPECT_EQ(spec.http.body.Reveal(),
            line + "\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n2\r\n" + line +
                "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"cat.png\"\r\n"
                "Content-Type: application/octet-stream\r\n\r\n" +
                picture + "\r\n" + line +
                "\r\nContent-Disposition: form-data; name=\"g\"; filename=\"x.png\"\r\n"
                "Content-Type: image/png\r\n\r\n" +
                picture + "\r\n" + line + "--\r\n");
  EXPECT_FALSE(spec.http.body.is_secret());
}

TEST(HttpKeys, ChooseABoundaryThatIsInNoPart) {
  const CheckSpec spec = CheckWith(
      "multipart = [{ name = \"a\", value = \"--gaikei-00000000000000000000\" }, "
      "{ name = \"gaikei-00000000000000000001\", value = \"\" }]");
  EXPECT_EQ(spec.http.headers[0].second.Reveal(),
            "multipart/form-data; boundary=gaikei-00000000000000000002");
}

TEST(HttpKeys, TakeAMultipartBodyForASecretWhereAPartIs) {
  const Environment password("GAIKEI_TEST_PASSWORD", "canary");
  const CheckSpec spec = CheckWith(
      "multipart = [{ name = \"user\", value = \"probe\" }, "
      "{ name = \"password\", value = { env = \"GAIKEI_TEST_PASSWORD\" } }]");
  EXPECT_TRUE(spec.http.body.is_secret());
  EXPECT_THAT(std::string(spec.http.body.Reveal()), HasSubstr("\r\n\r\ncanary\r\n"));
}

TEST(HttpKeys, RefuseMultipartBodiesThatAreNone) {
  EXPECT_THAT(ErrorOf("multipart = []"), HasSubstr("multipart has no part"));
  EXPECT_THAT(ErrorOf("multipart = [{ value = \"x\" }]"), HasSubstr("a part has no name"));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\" }]"), HasSubstr("a value or a file"));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", value = \"1\", file = \"y\" }]"),
              HasSubstr("a value or a file, and one of them"));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", value = \"1\", filename = \"y\" }]"),
              HasSubstr("filename without file"));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", value = \"1\", nmae = \"y\" }]"),
              HasSubstr("unknown key \"nmae\""));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", file = \"/nowhere/at/all\" }]"),
              HasSubstr("file \"/nowhere/at/all\" cannot be read: "));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", file = \"/dev/zero\" }]"),
              HasSubstr("is no regular file"));
  EXPECT_THAT(ErrorOf("multipart = [{ name = \"x\", value = \"1\" }]\nform = { a = 1 }"),
              HasSubstr("form beside multipart: a request has one body"));
  EXPECT_THAT(ErrorOf("headers = { Content-Type = \"text/plain\" }\n"
                      "multipart = [{ name = \"x\", value = \"1\" }]"),
              HasSubstr("header Content-Type beside multipart"));
}

TEST(HttpKeys, RequireAVersionOrAllowSeveral) {
  CheckSpec spec = CheckWith("http = \"2\"");
  EXPECT_EQ(spec.http.version, HttpVersion::k2);
  EXPECT_THAT(spec.http.allowed_versions, ElementsAre("2"));
  spec = CheckWith("http = \"1.1\"");
  EXPECT_EQ(spec.http.version, HttpVersion::k1_1);
  EXPECT_THAT(spec.http.allowed_versions, ElementsAre("1.1"));
  spec = CheckWith("http = [\"2\", \"1.1\"]");
  EXPECT_EQ(spec.http.version, HttpVersion::kDefault);
  EXPECT_THAT(spec.http.allowed_versions, ElementsAre("2", "1.1"));
  spec = CheckWith("http = [\"2\"]");
  EXPECT_EQ(spec.http.version, HttpVersion::k2);
  spec = CheckWith("");
  EXPECT_EQ(spec.http.version, HttpVersion::kDefault);
  EXPECT_TRUE(spec.http.allowed_versions.empty());
}

TEST(HttpKeys, RefuseVersionsThatAreNone) {
  EXPECT_THAT(ErrorOf("http = []"), HasSubstr("http is empty: leave it away to allow any version"));
  EXPECT_THAT(ErrorOf("http = [\"2\", \"4\"]"),
              HasSubstr("3:14: http = \"4\" is none of \"1.1\", \"2\", \"3\""));
  EXPECT_THAT(ErrorOf("http = 2"), HasSubstr("found an integer"));
}

TEST(HttpKeys, PinRedirects) {
  const CheckSpec spec = CheckWith(
      "redirect_hosts = [\"Shop.Example\", \"*.shop.example.\", \"192.0.2.1\", \"[2001:DB8::1]\"]\n"
      "allow_downgrade = true");
  EXPECT_THAT(spec.http.redirect_hosts,
              ElementsAre("shop.example", "*.shop.example", "192.0.2.1", "2001:db8::1"));
  EXPECT_TRUE(spec.http.allow_downgrade);
  EXPECT_FALSE(CheckWith("").http.allow_downgrade);
  for (const char* host : {"", "*", "*.", "a.*.example", "https://a.example", "a.example/x",
                           "a.example:8080", "a b"}) {
    EXPECT_THAT(ErrorOf("redirect_hosts = [\"" + std::string(host) + "\"]"),
                HasSubstr("is no host: a name, an address, or \"*.NAME\""))
        << host;
  }
}

TEST(HttpKeys, SendATraceWhereTheyAreAsked) {
  EXPECT_TRUE(CheckWith("traceparent = true").http.sends_traceparent);
  EXPECT_FALSE(CheckWith("").http.sends_traceparent);
  EXPECT_THAT(ErrorOf("headers = { traceparent = \"00-1-2-3\" }\ntraceparent = true"),
              HasSubstr("4:1: traceparent beside a header traceparent"));
}

/// What a command line comes to.
CheckSpec SpecFrom(const CheckFlags& flags) {
  auto spec = CheckFromFlags(flags);
  if (spec) return std::move(*spec);
  ADD_FAILURE() << ::testing::PrintToString(spec.error());
  return {};
}

TEST(HttpFlags, SayWhatTheKeysSay) {
  CheckFlags flags;
  flags.target = "https://shop.example/";
  flags.cookies = {"sid=a=b", "lang=ja"};
  flags.json = R"({"a": [1, 2]})";
  flags.http = "1.1,2";
  flags.compression = "all";
  flags.redirect_hosts = {"*.shop.example"};
  flags.allow_downgrade = true;
  flags.traceparent = true;
  const CheckSpec spec = SpecFrom(flags);
  ASSERT_EQ(spec.http.cookies.size(), 2U);
  EXPECT_EQ(spec.http.cookies[0].second.Reveal(), "a=b");
  EXPECT_EQ(spec.http.body.Reveal(), R"({"a": [1, 2]})");
  ASSERT_EQ(spec.http.headers.size(), 1U);
  EXPECT_EQ(spec.http.headers[0].first, "Content-Type");
  EXPECT_EQ(spec.http.headers[0].second.Reveal(), "application/json");
  EXPECT_THAT(spec.http.allowed_versions, ElementsAre("1.1", "2"));
  EXPECT_EQ(spec.http.compression, "");
  EXPECT_THAT(spec.http.redirect_hosts, ElementsAre("*.shop.example"));
  EXPECT_TRUE(spec.http.allow_downgrade);
  EXPECT_TRUE(spec.http.sends_traceparent);
}

TEST(HttpFlags, BuildFormsAndParts) {
  const Directory directory;
  CheckFlags flags;
  flags.target = "https://shop.example/";
  flags.form = {"q=a b", "t=1", "t=2"};
  EXPECT_EQ(SpecFrom(flags).http.body.Reveal(), "q=a+b&t=1&t=2");
  flags.form.clear();
  flags.multipart = {"note=hi", "file=@" + directory.Write("x.txt", "content")};
  const std::string body(SpecFrom(flags).http.body.Reveal());
  EXPECT_THAT(body, HasSubstr("name=\"note\"\r\n\r\nhi\r\n"));
  EXPECT_THAT(body, HasSubstr("filename=\"x.txt\""));
  EXPECT_THAT(body, HasSubstr("\r\n\r\ncontent\r\n"));
}

TEST(HttpFlags, ThatContradictAreRefused) {
  const auto error_of = [](const auto& set) {
    CheckFlags flags;
    flags.target = "https://shop.example/";
    set(flags);
    const auto spec = CheckFromFlags(flags);
    return spec ? std::string() : spec.error().front();
  };
  EXPECT_EQ(error_of([](CheckFlags& flags) {
              flags.body = "x";
              flags.json = "{}";
            }),
            "--json: contradicts --body");
  EXPECT_EQ(error_of([](CheckFlags& flags) { flags.json = "{"; }), "--json: is no JSON");
  EXPECT_EQ(error_of([](CheckFlags& flags) {
              flags.cookies = {"a=b"};
              flags.no_cookies = true;
            }),
            "--no-cookies: contradicts --cookie");
  EXPECT_EQ(error_of([](CheckFlags& flags) { flags.cookies = {"canary"}; }),
            "--cookie: expected NAME=VALUE");
  EXPECT_EQ(error_of([](CheckFlags& flags) { flags.http = "1.1,4"; }),
            "--http: http = \"4\" is none of \"1.1\", \"2\", \"3\"");
}

}  // namespace
}  // namespace gaikei
