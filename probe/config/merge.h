#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "probe/config/document.h"
#include "probe/config/errors.h"

namespace gaikei {

/// The tables of all files put together. Points into the documents, which outlive it.
struct Merged {
  Node probe;     ///< of every [probe]; no key twice
  Node defaults;  ///< of every [defaults], likewise
  /// [check.NAME], [region.NAME], [upstream.NAME], in the order of the files; no name twice, each a
  /// table.
  std::vector<const Node*> checks;
  std::vector<const Node*> journeys;  ///< [journey.NAME], likewise; no name that a check has
  std::vector<const Node*> regions;
  std::vector<const Node*> upstreams;
};

/// Unknown tables, what is no table and what stands twice are errors.
Merged Merge(const std::vector<Document>& documents, ErrorList& errors);

}  // namespace gaikei
