#pragma once

#include <string>

#include "results/database.h"

namespace gaikei {

/// Whether the tables of a spool.db stand where they were made, and as they were. The error is one
/// of damage.
DatabaseResult<void> CheckTables(Database& database);

/// Where the first page of a spool.db is damaged, which says what tables there are, nothing of the
/// file can be read, sound as it may be. That page is the same in all of them: it is put there
/// anew, and what it was before is kept in PATH-page1. True where that was done. Not for a file
/// that is none of ours, as far as its first page tells. One of no bytes is given a first page: all
/// that it has may be in its log.
bool MendFirstPage(const std::string& path);

}  // namespace gaikei
