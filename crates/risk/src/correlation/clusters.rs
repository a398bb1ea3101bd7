//! The tree of average linkage, and the clusters that a cut leaves.

use kodama::{Method, linkage};

use crate::UpperTriangle;

/// Two clusters that became one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The cluster with the lower number: a symbol by its place, or the number of symbols plus an earlier merge.
    pub left: usize,
    /// The other cluster.
    pub right: usize,
    /// Their distance: the mean of those of their members.
    pub height: f64,
    /// Symbols in the new cluster.
    pub size: usize,
}

/// The merges of average linkage on the distance `sqrt((1 - rho) / 2)`.
pub(super) fn tree(coefficients: &UpperTriangle<f64>) -> Vec<Merge> {
    if coefficients.size() < 2 {
        return Vec::new();
    }
    let distance = |rho: &f64| ((1.0 - rho).max(0.0) / 2.0).sqrt();
    let mut distances: Vec<f64> = coefficients.entries().iter().map(distance).collect();
    let tree = linkage(&mut distances, coefficients.size(), Method::Average);
    let merge = |step: &kodama::Step<f64>| Merge {
        left: step.cluster1,
        right: step.cluster2,
        height: step.dissimilarity,
        size: step.size,
    };
    tree.steps().iter().map(merge).collect()
}

/// The cluster of each symbol when a tree is cut at a height, numbered from 0 by first appearance.
///
/// Symbols are together when a merge at or below the height joins them.
///
/// # Example
/// ```
/// use risk::{Merge, cluster_labels};
/// let tree = [
///     Merge { left: 1, right: 2, height: 0.1, size: 2 },
///     Merge { left: 0, right: 3, height: 0.5, size: 3 },
/// ];
/// assert_eq!(cluster_labels(&tree, 3, 0.3), [0, 1, 1]);
/// assert_eq!(cluster_labels(&tree, 3, 0.5), [0, 0, 0]);
/// ```
pub fn cluster_labels(tree: &[Merge], symbols_count: usize, height: f64) -> Vec<usize> {
    // Every cluster, with the one it went into as long as that is not above the height.
    let mut into: Vec<Option<usize>> = vec![None; symbols_count + tree.len()];
    for (at, merge) in tree.iter().enumerate().filter(|(_, merge)| merge.height <= height) {
        for cluster in [merge.left, merge.right] {
            if let Some(slot) = into.get_mut(cluster) {
                *slot = Some(symbols_count + at);
            }
        }
    }
    let root = |mut cluster: usize| {
        while let Some(next) = into[cluster] {
            cluster = next;
        }
        cluster
    };
    let mut label_of: Vec<Option<usize>> = vec![None; into.len()];
    let mut labels_count = 0;
    let mut label = |symbol: usize| {
        *label_of[root(symbol)].get_or_insert_with(|| {
            labels_count += 1;
            labels_count - 1
        })
    };
    (0..symbols_count).map(&mut label).collect()
}
