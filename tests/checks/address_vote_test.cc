#include "checks/address_vote.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gaikei {
namespace {

/// One address that gave this.
Observation Gave(const std::string& address, Reason reason = Reason::kNone) {
  Observation seen;
  seen.address = address;
  if (reason != Reason::kNone) seen.Fail(reason, std::nullopt, "because");
  return seen;
}

/// One observation a letter: p passes, w warns, f fails, u could not be judged, n has no way out.
std::vector<Observation> Each(const std::string& letters) {
  std::vector<Observation> each;
  for (const char letter : letters) {
    const std::string address = "192.0.2." + std::to_string(each.size() + 1);
    switch (letter) {
      case 'f':
        each.push_back(Gave(address, Reason::kTlsCertExpired));
        break;
      case 'u':
        each.push_back(Gave(address, Reason::kProberFdLimit));
        break;
      case 'n':
        each.push_back(Gave(address, Reason::kProberNetworkDown));
        break;
      default:
        each.push_back(Gave(address));
        if (letter == 'w') {
          each.back().status = Status::kWarn;
          each.back().reason = Reason::kExpectDuration;
          each.back().message = "slow";
        }
    }
  }
  return each;
}

TEST(AddressVote, DecidesByItsPolicy) {
  struct Row {
    std::string each;
    Status any, all, quorum;
  };
  constexpr Status kPass = Status::kPass;
  constexpr Status kFail = Status::kFail;
  constexpr Status kUnknown = Status::kUnknown;
  for (const Row& row : {Row{"p", kPass, kPass, kPass},            //
                         Row{"f", kFail, kFail, kFail},            //
                         Row{"pp", kPass, kPass, kPass},           //
                         Row{"pf", kPass, kFail, kFail},           //
                         Row{"fp", kPass, kFail, kFail},           //
                         Row{"ppf", kPass, kFail, kPass},          //
                         Row{"pff", kPass, kFail, kFail},          //
                         Row{"fff", kFail, kFail, kFail},          //
                         Row{"ppu", kPass, kUnknown, kPass},       //
                         Row{"pu", kPass, kUnknown, kUnknown},     //
                         Row{"fu", kUnknown, kFail, kFail},        //
                         Row{"ffu", kUnknown, kFail, kFail},       //
                         Row{"uu", kUnknown, kUnknown, kUnknown},  //
                         Row{"pn", kPass, kPass, kPass},           //
                         Row{"fn", kFail, kFail, kFail},           //
                         Row{"nn", kUnknown, kUnknown, kUnknown}}) {
    EXPECT_EQ(VoteOfAddresses(AddressPolicy::kAny, Each(row.each)).status, row.any) << row.each;
    EXPECT_EQ(VoteOfAddresses(AddressPolicy::kAll, Each(row.each)).status, row.all) << row.each;
    EXPECT_EQ(VoteOfAddresses(AddressPolicy::kQuorum, Each(row.each)).status, row.quorum)
        << row.each;
  }
}

TEST(AddressVote, NamesTheOneThatDecided) {
  const Observation seen = VoteOfAddresses(AddressPolicy::kAll, Each("ppfp"));
  EXPECT_EQ(seen.reason, Reason::kTlsCertExpired);
  EXPECT_EQ(seen.address, "192.0.2.3");
  EXPECT_EQ(seen.message, "3 of 4 addresses pass; 192.0.2.3: because");
  ASSERT_EQ(seen.addresses.size(), 4U);
  EXPECT_EQ(seen.addresses[0].status, Status::kPass);
  EXPECT_EQ(seen.addresses[2].message, "because");
}

TEST(AddressVote, KeepsWhatAPassLeavesBehind) {
  const Observation seen = VoteOfAddresses(AddressPolicy::kAny, Each("fpn"));
  EXPECT_EQ(seen.status, Status::kPass);
  EXPECT_EQ(seen.address, "192.0.2.2");
  EXPECT_EQ(seen.notes,
            (std::vector<std::string>{"192.0.2.3 was not judged: because", "192.0.2.1: because"}));
}

TEST(AddressVote, WarnsWhenOneWarnsAndAllHaveToPass) {
  const Observation all = VoteOfAddresses(AddressPolicy::kAll, Each("pw"));
  EXPECT_EQ(all.status, Status::kWarn);
  EXPECT_EQ(all.message, "192.0.2.2: slow");
  EXPECT_EQ(VoteOfAddresses(AddressPolicy::kAny, Each("pw")).status, Status::kPass);
}

}  // namespace
}  // namespace gaikei
