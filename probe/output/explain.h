#pragma once

#include <string>
#include <string_view>

#include "results/reason.h"

namespace gaikei {

/// A reason in plain words, for somebody who has to do something about it.
struct Explanation {
  std::string_view meaning;  ///< one sentence: what happened
  std::string_view next;     ///< one sentence: what to look at next
};

/// Every reason has one; both texts are empty for kNone. The table in explain.cc is the list.
Explanation Explain(Reason reason);

/// One sentence: whose fault it was, and so who can mend it.
std::string_view ExplainBlame(Blame blame);

}  // namespace gaikei
