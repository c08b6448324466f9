#include "checks/io/engine.h"

#include <utility>

#include "checks/io/dns/resolver.h"
#include "checks/io/http/connection_keeper.h"
#include "checks/io/http/curl_pool.h"

namespace gaikei::io {

Engine::Engine(Loop& loop)
    : loop_(loop),
      curl_(std::make_unique<CurlPool>(loop)),
      connections_(std::make_unique<ConnectionKeeper>()) {}
Engine::~Engine() = default;

Resolver& Engine::ResolverFor(const Region& region) {
  Entry& entry = resolvers_[region.name];
  const bool is_same = entry.resolver != nullptr && entry.servers == region.resolver &&
                       entry.source == region.source && entry.interface == region.interface &&
                       entry.reference == region.reference;
  if (is_same) return *entry.resolver;
  std::erase_if(retired_, [](const auto& resolver) { return resolver->is_idle(); });
  if (entry.resolver != nullptr && !entry.resolver->is_idle()) {
    retired_.push_back(std::move(entry.resolver));
  }
  entry = {.servers = region.resolver,
           .source = region.source,
           .interface = region.interface,
           .reference = region.reference,
           .resolver = std::make_unique<Resolver>(loop_, region)};
  return *entry.resolver;
}

}  // namespace gaikei::io
