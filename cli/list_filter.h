#pragma once

#include <string>

#include "sim/io/catalog_list.h"

namespace plimsoll::cli {

/// Keeps the rows that `filter` describes: "bf16_tflops>500" (with > >= < <= = !=) compares a
/// column, anything else is a text to be found in some cell, whatever its case. Throws UsageError
/// where no such column exists.
void keep_matching(CatalogListing& listing, const std::string& filter);

/// Sorts by a column: the largest number first, texts from A to Z, unknown ones last. Throws
/// UsageError where no such column exists.
void sort_by(CatalogListing& listing, const std::string& column);

}  // namespace plimsoll::cli
