#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/device.h"
#include "models/grid.h"
#include "models/hardware.h"
#include "models/llm.h"
#include "models/multimodal.h"
#include "models/network.h"
#include "models/price.h"
#include "sim/io/issue.h"
#include "sim/scenario.h"

namespace plimsoll {

/// Where one number came from, and where it stands in the value that holds it ("hbm_bandwidth",
/// "scale_up.latency").
struct SourcedField {
    std::string path;
    Provenance provenance;
};

/// A value read from the catalog, with where each of its numbers came from. What it refers to (a
/// server's fabrics) is included.
template <class T>
struct CatalogItem {
    std::string id;
    T value;
    std::vector<SourcedField> sources;
};

/// The folders of known GPUs, models, devices and so on: `<dir>/<kind>/<id>.json` with the kinds of
/// catalog_kinds(), the first folder that has the file wins.
/// Files are read when asked for. Every number needs a source: without one the file is refused.
class Catalog {
public:
    explicit Catalog(std::vector<std::string> dirs) : dirs_(std::move(dirs)) {}

    // Each throws ScenarioErrors: unknown id (with the nearest known one), unreadable or wrong
    // file.
    [[nodiscard]] CatalogItem<Gpu> gpu(std::string_view id) const;
    [[nodiscard]] CatalogItem<Fabric> fabric(std::string_view id) const;
    [[nodiscard]] CatalogItem<Server> server(std::string_view id) const;
    [[nodiscard]] CatalogItem<Llm> llm(std::string_view id) const;
    [[nodiscard]] CatalogItem<PriceBook> prices(std::string_view id) const;
    [[nodiscard]] CatalogItem<Device> device(std::string_view id) const;
    [[nodiscard]] CatalogItem<Encoder> encoder(std::string_view id) const;
    [[nodiscard]] CatalogItem<Modality> modality(std::string_view id) const;
    [[nodiscard]] CatalogItem<AccessNetwork> network(std::string_view id) const;
    [[nodiscard]] CatalogItem<RegionMatrix> regions(std::string_view id) const;
    [[nodiscard]] CatalogItem<Grid> grid(std::string_view id) const;
    [[nodiscard]] CatalogItem<Building> facility(std::string_view id) const;

    /// The ids of a kind ("gpus"), sorted.
    [[nodiscard]] std::vector<std::string> ids(std::string_view kind) const;
    /// The file of an item, or an empty string.
    [[nodiscard]] std::string file_of(std::string_view kind, std::string_view id) const;
    [[nodiscard]] const std::vector<std::string>& dirs() const { return dirs_; }

private:
    std::vector<std::string> dirs_;
};

/// The kinds of things a catalog holds, which are the names of its folders, in the order of
/// `plimsoll list`: gpus, servers, fabrics, llms, prices ...
[[nodiscard]] std::vector<std::string> catalog_kinds();

/// Each kind as a singular, in the same order: gpu, server ...
[[nodiscard]] std::vector<std::string> catalog_singulars();

/// The kind that `word` names, as a singular or a plural; empty where there is none.
[[nodiscard]] std::string catalog_kind_named(std::string_view word);

/// What a kind is, in a few words.
[[nodiscard]] std::string catalog_kind_help(std::string_view kind);

/// The catalog folders to search: `given` first, then those of `environment` (the value of
/// PLIMSOLL_CATALOG, separated by ':'), then the one shipped with the program at `binary`.
[[nodiscard]] std::vector<std::string> catalog_dirs(const std::vector<std::string>& given,
                                                    std::string_view environment,
                                                    const std::string& binary);

}  // namespace plimsoll
