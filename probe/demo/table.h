#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "probe/demo/targets.h"
#include "probe/output/style.h"
#include "results/outcome.h"

namespace gaikei::demo {

/// True when the outcome is what was announced.
bool IsAsAnnounced(const DemoCase& announced, const Outcome& seen);

/// One line for each case: what it does, what was announced, what was seen; a last line tells how
/// many came out as announced. A case without an outcome (by the check's name) was not seen. Lines
/// have no line feed. Pure.
struct DemoTable {
  std::vector<std::string> lines;
  bool all_as_announced = false;
};
DemoTable MakeDemoTable(const std::vector<DemoCase>& cases, const std::vector<Outcome>& outcomes,
                        const Style& style);

/// The cases before anything was looked at: what each does and what is announced. Pure.
std::vector<std::string> AnnounceCases(const std::vector<DemoCase>& cases, const Style& style);

}  // namespace gaikei::demo
