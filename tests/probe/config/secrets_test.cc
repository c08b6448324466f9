#include <sys/stat.h>

#include "results/secret.h"
#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string_view Header(const CheckSpec& spec, std::string_view name) {
  for (const auto& [key, value] : spec.http.headers) {
    if (key == name) return value.Reveal();
  }
  return "(none)";
}

TEST(ASecret, ComesFromTheEnvironment) {
  const Environment token("GAIKEI_TEST_TOKEN", "Bearer hunter2");
  const CheckSpec spec = CheckWith("headers = { Authorization = { env = \"GAIKEI_TEST_TOKEN\" } }");
  EXPECT_EQ(Header(spec, "Authorization"), "Bearer hunter2");
  EXPECT_TRUE(spec.http.headers.at(0).second.is_secret());
}

TEST(ASecret, ComesFromAFileWithoutItsLastNewline) {
  const Directory directory;
  const std::string path = directory.Write("token", "hunter2\n\n");
  const CheckSpec spec = CheckWith("json = { file = \"" + path + "\" }");
  EXPECT_EQ(spec.http.body.Reveal(), R"("hunter2\n")");
  EXPECT_TRUE(spec.http.body.is_secret());
}

TEST(ASecret, ThatIsABodyKeepsItsLastNewline) {
  const Directory directory;
  const std::string path = directory.Write("token", "hunter2\n\n");
  const CheckSpec spec = CheckWith("body = { file = \"" + path + "\" }");
  EXPECT_EQ(spec.http.body.Reveal(), "hunter2\n\n");
  EXPECT_TRUE(spec.http.body.is_secret());
}

TEST(ASecret, InAFileThatOthersMayReadIsRefused) {
  const Directory directory;
  for (const mode_t mode : {0640U, 0604U, 0644U, 0660U, 0700U}) {
    const std::string path = directory.Write("token", "hunter2\n", mode);
    const auto errors =
        ErrorsOf("[check.home]\ntarget = \"a.example\"\nbody = { file = \"" + path + "\" }\n");
    ASSERT_EQ(errors.size(), 1U) << mode;
    EXPECT_THAT(errors[0], HasSubstr("t.toml:3:8: secret file"));
    EXPECT_THAT(errors[0], HasSubstr("others may read or change it"));
    EXPECT_THAT(errors[0], Not(HasSubstr("hunter2")));
  }
}

TEST(ASecret, OfSystemdMayBeReadByItsGroup) {
  const Directory directory;
  const std::string path = directory.Write("token", "hunter2\n", 0440);
  const std::string where = directory.Path("");
  const Environment exact("CREDENTIALS_DIRECTORY", where.substr(0, where.size() - 1).c_str());
  EXPECT_EQ(CheckWith("json = { file = \"" + path + "\" }").http.body.Reveal(), R"("hunter2")");
}

TEST(ASecret, ThatIsNoSmallRegularFileIsRefused) {
  const Directory directory;
  ::mkfifo(directory.Path("pipe").c_str(), 0600);
  directory.Write("large", std::string(70'000, 'x'));
  directory.Write("empty", "\n");
  for (const auto& [name, why] :
       {std::pair("pipe", "is no regular file"), std::pair("large", "is larger than 64 KiB"),
        std::pair("empty", "is empty")}) {
    EXPECT_THAT(ErrorsOf("[check.home]\ntarget = \"a.example\"\nheaders = { X-A = { file = \"" +
                         directory.Path(name) + "\" } }\n"),
                ElementsAre(HasSubstr(why)));
  }
}

TEST(ASecret, InAJsonBodyMakesTheWholeBodyOne) {
  const Environment password("GAIKEI_TEST_PASSWORD", "hun\"ter2");
  const CheckSpec spec = CheckWith(
      "json = { user = \"probe\", password = { env = \"GAIKEI_TEST_PASSWORD\" }, n = [1, 2.5, "
      "true] }");
  EXPECT_EQ(spec.http.body.Reveal(), R"({"user":"probe","password":"hun\"ter2","n":[1,2.5,true]})");
  EXPECT_TRUE(spec.http.body.is_secret());
  EXPECT_EQ(Header(spec, "Content-Type"), "application/json");
}

TEST(ASecret, WithALineBreakCannotBeAHeader) {
  const Environment token("GAIKEI_TEST_TOKEN", "hunter2\r\nX: y");
  EXPECT_THAT(
      ErrorsOf("[check.home]\ntarget = \"a.example\"\nheaders = { Authorization = { env = "
               "\"GAIKEI_TEST_TOKEN\" } }\n"),
      ElementsAre("t.toml:3:29: the value of header \"Authorization\" has control characters"));
}

TEST(ASecret, IsWhatACredentialHeaderHoldsHoweverItIsWritten) {
  const CheckSpec spec =
      CheckWith("headers = { Cookie = \"a=b\", X-Auth-Token = \"t\", Accept = \"text/html\" }");
  ASSERT_EQ(spec.http.headers.size(), 3U);
  EXPECT_TRUE(spec.http.headers[0].second.is_secret());
  EXPECT_TRUE(spec.http.headers[1].second.is_secret());
  EXPECT_FALSE(spec.http.headers[2].second.is_secret());
}

}  // namespace
}  // namespace gaikei
