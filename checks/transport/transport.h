#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "checks/io/engine.h"
#include "regions/region.h"
#include "results/upstream/transport.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei {

/// The way to an upstream over HTTP: names by the region's resolvers, TLS verified unless told
/// otherwise, connections kept. The error is one line (a file that cannot be read, a URL that is
/// none). `engine` outlives it; everything on its loop.
///
/// Requests go to the origin of the URL alone. The files of the spec are read here, once.
/// Status 413 may be our own word over HTTP/2: the server has answered before it had read all, and
/// libcurl has lost the answer.
tl::expected<std::unique_ptr<Transport>, std::string> MakeTransport(
    io::Engine& engine, std::shared_ptr<const Region> region, const UpstreamTransportSpec& spec);

/// The way to an upstream over UDP. The name is resolved again once a minute.
std::unique_ptr<DatagramTransport> MakeDatagramTransport(io::Engine& engine,
                                                         std::shared_ptr<const Region> region,
                                                         const std::string& host,
                                                         std::uint16_t port);

}  // namespace gaikei
