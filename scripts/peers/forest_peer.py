"""A random forest on multi-scale features of each pixel, as interactive segmentation programs have it.

Features at six scales: Gaussian, gradient magnitude, Laplacian, both eigenvalues of the Hessian and of the structure
tensor; and the pixel itself. Equal numbers of pixels of both classes are learnt; the odds are taken back afterwards.
"""

import numpy as np
from scipy import ndimage
from segment_peer import shares, tell
from skimage.feature import hessian_matrix, hessian_matrix_eigvals, structure_tensor, structure_tensor_eigenvalues
from sklearn.ensemble import RandomForestClassifier

SIGMAS = (0.7, 1, 1.6, 3.5, 5, 10)
# More pixels of images that are alike add time to each tree, not knowledge.
MOST_PIXELS = 200_000
MOST_TREES = 500
TREES_AT_ONCE = 10


def features(values):
    """[H, W] -> [H * W, features], float32."""
    found = [values]
    for sigma in SIGMAS:
        found.append(ndimage.gaussian_filter(values, sigma))
        found.append(ndimage.gaussian_gradient_magnitude(values, sigma))
        found.append(ndimage.gaussian_laplace(values, sigma))
        found.extend(hessian_matrix_eigvals(hessian_matrix(values, sigma=sigma, use_gaussian_derivatives=False)))
        found.extend(structure_tensor_eigenvalues(structure_tensor(found[-5], sigma=sigma)))
    return np.stack([f.astype(np.float32).ravel() for f in found], axis=1)


def train(planes, request, clock):
    draw = np.random.default_rng(request["seed"])
    per_class = MOST_PIXELS // 2 // len(planes)
    samples, answers = [], []
    for plane in planes:
        table = features(plane.values)
        for value in (1, 2):
            places = np.flatnonzero(plane.taught == value)
            places = draw.choice(places, min(per_class, len(places)), replace=False)
            samples.append(table[places])
            answers.append(np.full(len(places), value))
    samples, answers = np.concatenate(samples), np.concatenate(answers)
    most = min(MOST_TREES, request.get("steps") or MOST_TREES)
    forest = RandomForestClassifier(
        0, warm_start=True, min_samples_leaf=2, n_jobs=request["threads"], random_state=request["seed"]
    )
    spent = 0
    while forest.n_estimators < most and clock.left > spent:
        before = clock.seconds
        forest.set_params(n_estimators=min(most, forest.n_estimators + TREES_AT_ONCE))
        forest.fit(samples, answers)
        spent = clock.seconds - before
        tell(forest.n_estimators, most, "trees")
    taught = np.array([(answers == value).mean() for value in (1, 2)])
    facts = {"steps": forest.n_estimators, "samples": len(answers)}
    return (forest, shares(planes) / taught), facts


def predict(model, values, _average):
    """Probability of object. The features do not know directions, so there is nothing to average."""
    forest, odds = model
    found = forest.predict_proba(features(values)) * odds
    return (found[:, 1] / found.sum(axis=1)).reshape(values.shape)
