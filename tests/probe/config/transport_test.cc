#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Type = ProxyOptions::Type;

/// The errors of a check with these keys, without the name of the file.
std::vector<std::string> Wrong(const std::string& keys) {
  auto errors = ErrorsOf("[check.home]\ntarget = \"https://shop.example/\"\n" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml:").size());
  return errors;
}

TEST(Transport, TakesAProxyAsAUrl) {
  ProxyOptions proxy = CheckWith("proxy = \"http://proxy.example:3128\"").http.proxy;
  EXPECT_EQ(proxy.type, Type::kHttp);
  EXPECT_EQ(proxy.host, "proxy.example");
  EXPECT_EQ(proxy.port, 3128);
  EXPECT_TRUE(proxy.user.empty());
  proxy = CheckWith("proxy = \"socks5://probe:can%3Aary@[2001:db8::1]:1080/\"").http.proxy;
  EXPECT_EQ(proxy.type, Type::kSocks5);
  EXPECT_EQ(proxy.host, "2001:db8::1");
  EXPECT_EQ(proxy.user.Reveal(), "probe");
  EXPECT_EQ(proxy.password.Reveal(), "can:ary");
  EXPECT_TRUE(proxy.password.is_secret());
  proxy = CheckWith("proxy = \"socks5h://192.0.2.1:1080\"").http.proxy;
  EXPECT_EQ(proxy.type, Type::kSocks5h);
}

TEST(Transport, TakesAProxyFromASecretOrATable) {
  const Directory directory;
  const std::string url = directory.Write("url", "http://probe:canary@proxy.example:3128\n");
  const std::string password = directory.Write("password", "canary\n");
  ProxyOptions proxy = CheckWith("proxy = { file = \"" + url + "\" }").http.proxy;
  EXPECT_EQ(proxy.host, "proxy.example");
  EXPECT_EQ(proxy.password.Reveal(), "canary");
  proxy =
      CheckWith(
          "proxy = { url = \"http://proxy.example:3128\", user = \"probe\", password = { file = "
          "\"" +
          password + "\" }, headers = { X-Tenant = \"7\" } }")
          .http.proxy;
  EXPECT_EQ(proxy.user.Reveal(), "probe");
  EXPECT_EQ(proxy.password.Reveal(), "canary");
  ASSERT_EQ(proxy.headers.size(), 1U);
  EXPECT_EQ(proxy.headers[0].first, "X-Tenant");
}

TEST(Transport, RefusesProxiesThatCannotBe) {
  EXPECT_THAT(Wrong("proxy = \"https://proxy.example:443\""),
              ElementsAre(HasSubstr("a proxy is http://HOST:PORT, socks5://HOST:PORT or")));
  EXPECT_THAT(Wrong("proxy = \"http://proxy.example\""),
              ElementsAre(HasSubstr("no host, or no port")));
  EXPECT_THAT(Wrong("proxy = \"http://proxy.example:3128/path\""),
              ElementsAre(HasSubstr("a path or a query")));
  EXPECT_THAT(Wrong("proxy = \"http://:canary@proxy.example:3128\""),
              ElementsAre(HasSubstr("a password and no user")));
  EXPECT_THAT(Wrong("proxy = { user = \"probe\" }"), ElementsAre(HasSubstr("proxy has no url")));
  EXPECT_THAT(Wrong("proxy = { url = \"socks5://a:1\", headers = { A = \"b\" } }"),
              ElementsAre(HasSubstr("a SOCKS proxy is sent no headers")));
  EXPECT_THAT(Wrong("proxy = { url = \"http://u:p@a:1\", user = \"b\" }"),
              ElementsAre(HasSubstr("credentials already")));
  EXPECT_THAT(Wrong("proxy = { url = \"socks5://a:1\", user = \"" + std::string(256, 'u') + "\" }"),
              ElementsAre(HasSubstr("at most 255 bytes")));
}

TEST(Transport, NeverShowsTheCredentialsOfAProxy) {
  for (const char* url : {"ftp://u:canary@a:1", "http://u:canary@a", "http://u:canary@a:1/x"}) {
    for (const std::string& error : Wrong("proxy = \"" + std::string(url) + "\"")) {
      EXPECT_THAT(error, ::testing::Not(HasSubstr("canary")));
    }
  }
}

TEST(Transport, TakesUnixSocketAndConnection) {
  const CheckSpec spec = CheckWith("unix_socket = \"/run/web.sock\"\nconnection = \"reuse\"");
  EXPECT_EQ(spec.http.unix_socket, "/run/web.sock");
  EXPECT_TRUE(spec.http.reuses_connection);
  EXPECT_FALSE(CheckWith("connection = \"new\"").http.reuses_connection);
  EXPECT_EQ(Wrong("connection = \"old\"").size(), 1U);
}

TEST(Transport, IsSetByFlagsAsWell) {
  CheckFlags flags;
  flags.target = "https://shop.example/";
  flags.proxy = "socks5h://proxy.example:1080";
  auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->http.proxy.type, Type::kSocks5h);
  flags.proxy = "proxy.example:1080";
  spec = CheckFromFlags(flags);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error(), ElementsAre(HasSubstr("--proxy: ")));
  flags.proxy.reset();
  flags.unix_socket = "/run/web.sock";
  spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->http.unix_socket, "/run/web.sock");
}

}  // namespace
}  // namespace gaikei
