#pragma once

#include <functional>

#include "checks/io/loop/loop.h"
#include "tests/support/socket.h"

namespace gaikei::support {

/// Runs the loop on this thread until `is_done` holds, which is asked after every millisecond of
/// the loop's own time. False when `limit` passes first, which is a failed test.
bool RunUntil(io::Loop& loop, const std::function<bool()>& is_done,
              std::chrono::milliseconds limit = kFailsafe);

}  // namespace gaikei::support
