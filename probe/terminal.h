#pragma once

#include <memory>

#include "probe/cli.h"
#include "probe/output/writer.h"

namespace gaikei {

/// True where colours are wanted on standard output: --color, then NO_COLOR, then whether it is a
/// terminal.
bool WantsColor(const CommonOptions& common);

/// Columns of the terminal on standard output; 80 where it is none.
unsigned TerminalWidth();

/// The writer that -o names, or the default for this standard output: text on a terminal, JSON
/// elsewhere. `compact`: text as a line for each outcome.
std::unique_ptr<OutcomeWriter> MakeStdoutWriter(const CommonOptions& common, bool compact);

}  // namespace gaikei
