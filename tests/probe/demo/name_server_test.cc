#include "probe/demo/name_server.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei::demo {
namespace {

/// A query for one name given as labels with their lengths.
std::string Query(const std::string& labels, char type) {
  return std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) + labels +
         std::string("\x00\x00", 2) + type + std::string("\x00\x01", 2);
}

const std::string kShop = std::string("\x04sHop\x06gaikei\x04test");
const std::string kNowhere = std::string("\x07nowhere\x06gaikei\x04test");

TEST(DemoNameServer, GivesEveryNameOfItsZoneTheLoopbackAddress) {
  const std::string answer = AnswerQuery(Query(kShop, 1), "gaikei.test");
  ASSERT_GT(answer.size(), 16U);
  EXPECT_EQ(answer.substr(0, 4), std::string("\x12\x34\x85\x80", 4));
  EXPECT_EQ(answer.substr(answer.size() - 4), std::string("\x7f\x00\x00\x01", 4));
}

TEST(DemoNameServer, HasNoIpv6Addresses) {
  const std::string answer = AnswerQuery(Query(kShop, 28), "gaikei.test");
  EXPECT_EQ(answer.substr(2, 6), std::string("\x85\x80\x00\x01\x00\x00", 6));
}

TEST(DemoNameServer, SaysThatOtherNamesDoNotExist) {
  const std::string inside = AnswerQuery(Query(kNowhere, 1), "gaikei.test");
  EXPECT_EQ(inside.substr(2, 2), std::string("\x85\x83", 2));
  const std::string outside = AnswerQuery(Query(kShop, 1), "example");
  EXPECT_EQ(outside.substr(2, 2), std::string("\x85\x83", 2));
}

TEST(DemoNameServer, AnswersNothingToWhatIsNoQuery) {
  const std::string whole = Query(kShop, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(AnswerQuery(whole.substr(0, size), "gaikei.test"), "") << size;
  }
  std::string response = whole;
  response[2] = '\x81';
  EXPECT_EQ(AnswerQuery(response, "gaikei.test"), "");
}

TEST(DemoNameServer, EndsItsThreadWhenDestroyed) {
  auto server = NameServer::Start("gaikei.test");
  ASSERT_TRUE(server) << server.error();
  EXPECT_NE((*server)->port(), 0);
}

}  // namespace
}  // namespace gaikei::demo
