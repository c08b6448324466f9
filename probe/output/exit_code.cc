#include "probe/output/exit_code.h"

namespace gaikei {

void ExitCode::Add(const Outcome& outcome) {
  ++total_;
  switch (outcome.status) {
    case Status::kPass:
      break;
    case Status::kWarn:
      ++warn_;
      break;
    case Status::kFail:
      ++fail_;
      break;
    case Status::kUnknown:
      ++unknown_;
      break;
  }
}

int ExitCode::value() const {
  if (fail_ > 0) return 1;
  return unknown_ > 0 ? 3 : 0;
}

int ExitCode::nagios() const {
  if (fail_ > 0) return 2;
  if (unknown_ > 0 || total_ == 0) return 3;
  return warn_ > 0 ? 1 : 0;
}

}  // namespace gaikei
