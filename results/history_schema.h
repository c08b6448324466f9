#pragma once

#include "results/database.h"

namespace gaikei {

/// Makes the tables in an empty database, and checks that one which is not empty is ours. An error
/// with is_corrupt() where it is not; another where a newer version of this program made it.
DatabaseResult<void> PrepareSchema(Database& database);

}  // namespace gaikei
