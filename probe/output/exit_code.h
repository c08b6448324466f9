#pragma once

#include "results/outcome.h"

namespace gaikei {

/// What the program exits with after some outcomes (docs/commands.md). A value type.
class ExitCode {
 public:
  void Add(const Outcome& outcome);

  /// 0: every outcome is pass or warn (also when there was none). 1: some are fail. 3: none is
  /// fail, some are unknown.
  int value() const;
  /// By the convention of monitoring plugins: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. The worst
  /// decides: fail, then unknown, then warn. 3 where there was no outcome.
  int nagios() const;

 private:
  unsigned total_ = 0;
  unsigned warn_ = 0;
  unsigned fail_ = 0;
  unsigned unknown_ = 0;
};

}  // namespace gaikei
