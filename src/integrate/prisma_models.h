// The store's tables in Prisma's language.
#pragma once

#include <string>

namespace tidemark {

/// A model for every table of `store_layout`, with its keys, its relation and its index, such that
/// `prisma db push` finds tables that the store made in sync.
std::string prisma_models();

}  // namespace tidemark
