#pragma once

#include <cstdint>
#include <memory>

#include "probe/cli.h"
#include "probe/output/writer.h"

namespace gaikei {

/// True where colours are wanted on standard output: --color, then NO_COLOR, then whether it is a
/// terminal.
bool WantsColor(const CommonOptions& common);

/// Columns of the terminal on standard output; 80 where it is none.
unsigned TerminalWidth();

/// How a command wants its text.
enum class TextForm : std::uint8_t {
  kPage,       ///< a page for each outcome
  kExplained,  ///< with why each phase took what it took
  kCompact,    ///< a line for each outcome
  kLive,       ///< on a terminal a table that is drawn anew with every outcome; elsewhere pages
};

/// The writer that -o names, or the default for this standard output: text on a terminal, JSON
/// elsewhere.
std::unique_ptr<OutcomeWriter> MakeStdoutWriter(const CommonOptions& common, TextForm form);

}  // namespace gaikei
