#include "probe/output/exit_code.h"

#include <gtest/gtest.h>

#include <vector>

namespace gaikei {
namespace {

struct Row {
  std::vector<Status> statuses;
  int value;
  int nagios;
};

TEST(ExitCode, FollowsTheContractForEveryMixture) {
  const std::vector<Row> rows = {
      {{}, 0, 3},
      {{Status::kPass}, 0, 0},
      {{Status::kPass, Status::kWarn}, 0, 1},
      {{Status::kFail}, 1, 2},
      {{Status::kUnknown}, 3, 3},
      {{Status::kUnknown, Status::kFail}, 1, 2},
      {{Status::kFail, Status::kUnknown, Status::kPass}, 1, 2},
      {{Status::kWarn, Status::kUnknown}, 3, 3},
      {{Status::kPass, Status::kUnknown}, 3, 3},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ExitCode code;
    for (const Status status : rows[i].statuses) {
      Outcome outcome;
      outcome.status = status;
      code.Add(outcome);
    }
    EXPECT_EQ(code.value(), rows[i].value) << "row " << i;
    EXPECT_EQ(code.nagios(), rows[i].nagios) << "row " << i;
  }
}

}  // namespace
}  // namespace gaikei
