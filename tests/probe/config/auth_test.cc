#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Scheme = HttpAuth::Scheme;

/// The errors of a check with these keys, without the name of the file.
std::vector<std::string> Wrong(const std::string& keys,
                               const std::string& target = "https://shop.example/") {
  auto errors = ErrorsOf("[check.home]\ntarget = \"" + target + "\"\n" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml:").size());
  return errors;
}

TEST(Auth, TakesBasicAndDigest) {
  const HttpAuth basic =
      CheckWith("auth = { basic = { user = \"probe\", password = \"canary\" } }").http.auth;
  EXPECT_EQ(basic.scheme, Scheme::kBasic);
  EXPECT_EQ(basic.user.Reveal(), "probe");
  EXPECT_FALSE(basic.user.is_secret());
  EXPECT_EQ(basic.password.Reveal(), "canary");
  EXPECT_TRUE(basic.password.is_secret());  // however it is written
  const HttpAuth digest =
      CheckWith("auth.digest = { user = \"probe\", password = \"canary\" }").http.auth;
  EXPECT_EQ(digest.scheme, Scheme::kDigest);
}

TEST(Auth, TakesSecretsFromWhereTheyAreKept) {
  const Directory directory;
  const std::string token = directory.Write("token", "canary-token\n");
  const std::string pair = directory.Write("pair", "probe:can:ary\n");
  const HttpAuth bearer = CheckWith("auth = { bearer = { file = \"" + token + "\" } }").http.auth;
  EXPECT_EQ(bearer.scheme, Scheme::kBearer);
  EXPECT_EQ(bearer.token.Reveal(), "canary-token");
  const HttpAuth basic = CheckWith("auth = { basic = { file = \"" + pair + "\" } }").http.auth;
  EXPECT_EQ(basic.user.Reveal(), "probe");
  EXPECT_EQ(basic.password.Reveal(), "can:ary");
}

TEST(Auth, TakesOauth2) {
  const HttpAuth auth = CheckWith(R"([check.home.auth.oauth2]
token_url = "https://id.example/token"
client_id = "probe"
client_secret = "canary"
scopes = ["read", "write"]
audience = "https://api.example/"
style = "body")")
                            .http.auth;
  EXPECT_EQ(auth.scheme, Scheme::kOauth2);
  EXPECT_EQ(auth.token_url, "https://id.example/token");
  EXPECT_EQ(auth.client_id.Reveal(), "probe");
  EXPECT_TRUE(auth.client_secret.is_secret());
  EXPECT_THAT(auth.scopes, ElementsAre("read", "write"));
  EXPECT_EQ(auth.audience, "https://api.example/");
  EXPECT_TRUE(auth.is_secret_in_body);
}

TEST(Auth, TakesAwsSignatures) {
  const HttpAuth auth = CheckWith(R"([check.home.auth.aws_sigv4]
access_key = "AKID"
secret_key = "canary"
session_token = "canary"
region = "eu-central-1"
service = "execute-api")")
                            .http.auth;
  EXPECT_EQ(auth.scheme, Scheme::kAwsSigV4);
  EXPECT_EQ(auth.access_key.Reveal(), "AKID");
  EXPECT_TRUE(auth.secret_key.is_secret());
  EXPECT_TRUE(auth.session_token.is_secret());
  EXPECT_EQ(auth.aws_region, "eu-central-1");
  EXPECT_EQ(auth.aws_service, "execute-api");
}

TEST(Auth, HasOneSchemeAndAllOfItsValues) {
  EXPECT_THAT(Wrong("auth = {}"), ElementsAre("3:8: auth names no scheme: basic, digest, oauth2, "
                                              "aws_sigv4, bearer"));
  EXPECT_THAT(Wrong("auth = { bearer = \"t\", basic = { user = \"a\", password = \"b\" } }"),
              ElementsAre("3:24: basic beside bearer: a request proves who asks in one way"));
  EXPECT_THAT(Wrong("auth = { basic = { user = \"a\" } }"),
              ElementsAre("3:18: basic has no password"));
  EXPECT_THAT(Wrong("auth = { basic = { user = \"a:b\", password = \"c\" } }"),
              ElementsAre("3:27: a user of basic authentication has no colon"));
  EXPECT_THAT(Wrong("auth = { oauth2 = { token_url = \"ftp://a/\", client_id = \"a\", "
                    "client_secret = \"canary\", scopes = [\"a b\"], style = \"header\" } }"),
              ElementsAre(HasSubstr("token_url is no URL of scheme http or https"),
                          HasSubstr("\"a b\" is no scope"), HasSubstr("style = \"header\"")));
  EXPECT_THAT(Wrong("auth = { aws_sigv4 = { access_key = \"a\", secret_key = \"b\" } }"),
              ElementsAre("3:22: aws_sigv4 has no region", "3:22: aws_sigv4 has no service"));
}

TEST(Auth, NamesTheNearestKey) {
  EXPECT_THAT(Wrong("auth = { baerer = \"t\" }"),
              ElementsAre("3:10: unknown key \"baerer\"; did you mean \"bearer\"?"));
  EXPECT_THAT(Wrong("auth = { digest = { user = \"a\", password = \"b\", passwort = \"b\" } }"),
              ElementsAre("3:49: unknown key \"passwort\"; did you mean \"password\"?"));
}

TEST(Auth, StandsBesideNoOtherCredentials) {
  EXPECT_THAT(Wrong("auth = { bearer = \"t\" }", "https://u:canary@shop.example/"),
              ElementsAre("3:1: auth beside a user in the target: leave one of them out"));
  EXPECT_THAT(Wrong("auth = { bearer = \"t\" }\nheaders = { authorization = \"x\" }"),
              ElementsAre("3:1: auth beside a header Authorization: leave one of them out"));
}

TEST(Auth, ShowsNoSecretInAnError) {
  const Directory directory;
  const std::string pair = directory.Write("pair", "canary-without-colon\n");
  for (const std::string& keys :
       std::vector<std::string>{"auth = { bearer = \"canary\\u0007\" }",
                                "auth = { bearer = { env = \"GAIKEI_NOT_SET\" } }",
                                "auth = { basic = { user = \"a\", password = \"canary\\r\\n\" } }",
                                "auth = { basic = { file = \"" + pair + "\" } }"}) {
    const auto errors = Wrong(keys);
    ASSERT_EQ(errors.size(), 1U) << keys;
    EXPECT_THAT(errors[0], ::testing::Not(HasSubstr("canary"))) << keys;
  }
}

TEST(Auth, OfAFlagComesFromTheEnvironment) {
  ::setenv("GAIKEI_TEST_TOKEN", "canary", 1);
  ::setenv("GAIKEI_TEST_PAIR", "probe:canary", 1);
  CheckFlags flags;
  flags.target = "https://shop.example/";
  flags.bearer_env = "GAIKEI_TEST_TOKEN";
  auto spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->http.auth.scheme, Scheme::kBearer);
  EXPECT_EQ(spec->http.auth.token.Reveal(), "canary");

  flags.basic_env = "GAIKEI_TEST_PAIR";
  EXPECT_FALSE(CheckFromFlags(flags));  // one of them
  flags.bearer_env.reset();
  spec = CheckFromFlags(flags);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->http.auth.user.Reveal(), "probe");
  EXPECT_EQ(spec->http.auth.password.Reveal(), "canary");
}

}  // namespace
}  // namespace gaikei
