#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "results/time.h"

namespace gaikei {

/// One line that tells a waiting person what is going on: "checking 3 targets, 1 done, 1.2 s".
///
/// Has no clock and no thread: the caller ticks, and clears before anything else is written to the
/// terminal. The first ticks of a short wait show nothing. One thread.
class Progress {
 public:
  /// `terminal` is a terminal (the caller has looked) and outlives this.
  Progress(std::FILE* terminal, std::size_t total);
  /// Clears.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Draws the line anew. `elapsed` since the beginning, `done` of the total.
  void Tick(Span elapsed, std::size_t done);
  /// Erases the line; a later Tick() draws it again.
  void Clear();

 private:
  std::FILE* terminal_;
  std::size_t total_;
  std::size_t ticks_ = 0;
  bool is_shown_ = false;
  bool is_utf8_;
};

}  // namespace gaikei
