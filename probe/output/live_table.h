#pragma once

#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "probe/output/style.h"
#include "probe/output/writer.h"

namespace gaikei {

/// Columns and lines of a terminal.
struct TerminalSize {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

/// A table that is drawn anew with every outcome, for somebody who watches: a row for each check
/// and region with the latest verdict and duration, p50 and p95, a sparkline, and why it was last
/// not well. One thread.
///
/// Percentiles and sparkline are over the latest 120 looks; percentiles count those that passed
/// (nearest rank). It erases what it drew before by ANSI sequences: only for a terminal.
class LiveTable final : public OutcomeWriter {
 public:
  static constexpr std::size_t kKept = 120;

  /// `terminal` outlives it. `size` is asked before every drawing.
  LiveTable(const WriterOptions& options, std::FILE* terminal, std::function<TerminalSize()> size);

  void Write(const Outcome& outcome) override;
  bool Finish() override;

  /// The table as it stands, without line feeds, for a terminal of this size. At most `lines - 1`
  /// of them: rows that find no place are counted in the last one.
  std::vector<std::string> Lines(const TerminalSize& size) const;

 private:
  struct Look {
    Span duration{0};
    Status status = Status::kPass;
  };
  struct Row {
    std::string name;
    std::string region;
    std::deque<Look> looks;  ///< the latest kKept
    std::size_t total = 0;
    std::size_t good = 0;
    std::size_t judged = 0;   ///< good and bad
    std::string last_reason;  ///< of the last look that did not pass; empty: none
    std::string last_message;
    std::size_t looks_since = 0;  ///< after that one
  };

  Row& RowOf(const Outcome& outcome);
  std::string HeadLine(std::size_t name_width, std::size_t spark_width) const;
  std::string RowLine(const Row& row, std::size_t name_width, std::size_t spark_width) const;
  std::string NameOf(const Row& row, std::size_t columns) const;
  std::string WhyLine(const Row& row, std::size_t width) const;
  std::string Sparkline(const Row& row, std::size_t width) const;

  Style style_;
  std::FILE* terminal_;
  std::function<TerminalSize()> size_;
  std::vector<Row> rows_;  ///< in the order of their first outcome
  std::size_t drawn_ = 0;  ///< lines on the terminal
};

}  // namespace gaikei
