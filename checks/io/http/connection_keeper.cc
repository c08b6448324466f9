#include "checks/io/http/connection_keeper.h"

namespace gaikei::io {

ConnectionCache& ConnectionKeeper::For(const std::shared_ptr<const void>& owner,
                                       const std::string& region) {
  // First: another owner may have come to lie where one was that has gone.
  std::erase_if(kept_, [](const auto& entry) { return entry.second.owner.expired(); });
  Kept& kept = kept_[{owner.get(), region}];
  if (kept.cache == nullptr) kept = {owner, std::make_unique<ConnectionCache>()};
  return *kept.cache;
}

}  // namespace gaikei::io
