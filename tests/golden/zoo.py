"""Make the models of zoo/: small models of many kinds, made by Keras, that check_keras.c opens, predicts and trains with.

    KERAS_BACKEND=jax python zoo.py [NAME ... | index]

A model is a line of layers, as in Keras's source and as mood_model_add takes them (with branches as mood_model_connect), and an optimizer (OPTIMIZERS, else
Adam(0.01)). zoo/NAME.keras is the compiled model after some training steps; zoo/NAME.json has its layers, optimizer, ids,
labels, predictions, and the losses of the training steps after that (none if layers are random in training).
zoo/index.json lists the names ("index" writes it alone).

LOSSES have another loss than the cross-entropy of their outputs, and LABELS for it. METRICS have metrics, without and with
weights; zoo/NAME.json has their values from evaluate, and those of the two epochs after that.

Models of bags of words (MATRICES) get their ids as texts_to_matrix makes it of texts; zoo/NAME.json has the mode and the
tokenizer, whose document counts "tfidf" needs.

Weights are random numbers of such a size that scores spread without being saturated. Committed: made by Keras 3.15.1 with jax 0.10.2.
"""
import json
import pathlib
import sys
import zipfile

import keras
import numpy as np
from keras.src.legacy.preprocessing.text import Tokenizer
from keras.constraints import *  # noqa: F403
from keras.layers import *  # noqa: F403: the lines below name layers
from keras.optimizers import *  # noqa: F403
from keras.optimizers.schedules import *  # noqa: F403
from keras.regularizers import *  # noqa: F403

FOLDER = pathlib.Path(__file__).parent / "zoo"
VOCABULARY, STEPS, ROWS, BATCH = 30, 9, 12, 4

BINARY, CATEGORICAL = "binary_crossentropy", "categorical_crossentropy"
EMBEDDING = "Embedding(30, 4)"
MASKED = "Embedding(30, 4, mask_zero=True)"
SCORE = "Dense(1, activation='sigmoid')"

MODELS = {
    "dropout": [EMBEDDING, "SpatialDropout1D(0.2)", "LSTM(5, return_sequences=True)", "Dropout(0.3)", "LSTM(3)",
                "Dropout(0.5)", "Dense(4, activation='relu')", "Dropout(0.5, seed=3)", SCORE],
    "lstm-dropout": [EMBEDDING, "LSTM(5, return_sequences=True, dropout=0.2)",
                     "Bidirectional(LSTM(3, dropout=0.3))", SCORE],
    "recurrent-dropout": [EMBEDDING, "LSTM(5, return_sequences=True, dropout=0.2, recurrent_dropout=0.3)",
                          "GRU(4, return_sequences=True, recurrent_dropout=0.2)",
                          "Bidirectional(GRU(4, return_sequences=True, reset_after=False, recurrent_dropout=0.2))",
                          "SimpleRNN(3, recurrent_dropout=0.3)", SCORE],
    "noise": [EMBEDDING, "GaussianNoise(0.1)", "LSTM(4)", "GaussianDropout(0.2)", SCORE],
    "activation": [EMBEDDING, "LSTM(5)", "Dense(4)", "Activation('relu')", "Dense(1)", "Activation('sigmoid')"],
    "activation-softmax": [EMBEDDING, "LSTM(5, return_sequences=True)", "Activation('softmax')", "LSTM(4)", "Dense(3)",
                           "Activation('softmax')"],
    "regularizers": ["Embedding(30, 4, embeddings_regularizer=L2(0.02))",
                     "LSTM(5, kernel_regularizer=l2(0.01), recurrent_regularizer=L1L2(0.003, 0.02), "
                     "bias_regularizer=L1(0.01))",
                     "Dense(3, activation='tanh', kernel_regularizer='l1', bias_regularizer=l1_l2(0.01, 0.02))", SCORE],
    "frozen-embedding": ["Embedding(30, 4, trainable=False)", "LSTM(5)", SCORE],
    "frozen-lstm": [EMBEDDING, "LSTM(5, return_sequences=True, trainable=False, kernel_regularizer=l2(0.1))", "LSTM(3)",
                    SCORE],
    "bidirectional": [EMBEDDING, "Bidirectional(LSTM(4))", SCORE],
    "bidirectional-stacked": [EMBEDDING, "Bidirectional(LSTM(4, return_sequences=True))", "Dropout(0.0)",
                              "Bidirectional(LSTM(3), merge_mode='sum')", "Dense(3, activation='softmax')"],
    "bidirectional-mul": [EMBEDDING, "Bidirectional(LSTM(4, return_sequences=True, use_bias=False), merge_mode='mul')",
                          "LSTM(3)", SCORE],
    "bidirectional-ave": [EMBEDDING, "Bidirectional(LSTM(4, return_sequences=True), merge_mode='ave')",
                          "LSTM(3, go_backwards=True)", SCORE],
    "bidirectional-backward": [EMBEDDING, "Bidirectional(LSTM(4), backward_layer=LSTM(4, go_backwards=True, "
                               "kernel_regularizer=l2(0.05)))", SCORE],
    "conv1d": [EMBEDDING, "Conv1D(8, 3, activation='relu')", "GlobalMaxPooling1D()", "Dense(5, activation='relu')", SCORE],
    "conv1d-same": [EMBEDDING, "Conv1D(6, 4, padding='same', activation='tanh', kernel_regularizer=l2(0.01))",
                    "MaxPooling1D(2)", "LSTM(4)", SCORE],
    "conv1d-strides": [EMBEDDING, "Conv1D(17, kernel_size=3, strides=2, padding='same', use_bias=False)",
                       "Activation('tanh')", "Conv1D(5, 2, padding='valid', activation='sigmoid')", "Flatten()",
                       "Dense(3, activation='softmax')"],
    "conv1d-dilated": [EMBEDDING, "Conv1D(5, 3, padding='causal', dilation_rate=2, activation='softmax')",
                       "Bidirectional(LSTM(3))", SCORE],
    "conv1d-causal": [EMBEDDING, "Dropout(0.0)", "Conv1D(4, 3, strides=2, padding='causal')", "GlobalAveragePooling1D()",
                      SCORE],
    "gru": [EMBEDDING, "GRU(5)", SCORE],
    "gru-stacked": [EMBEDDING, "GRU(6, return_sequences=True, recurrent_regularizer=l2(0.01))", "GRU(4, use_bias=False)",
                    SCORE],
    "gru-bidirectional": [EMBEDDING, "Bidirectional(GRU(4, return_sequences=True))", "GlobalAveragePooling1D()", SCORE],
    "simple-rnn": [EMBEDDING, "SimpleRNN(5, return_sequences=True)", "SimpleRNN(4, activation='relu', go_backwards=True)",
                   SCORE],
    "simple-rnn-bidirectional": [EMBEDDING, "Bidirectional(SimpleRNN(4, use_bias=False), merge_mode='mul')", SCORE],
    "flatten": [EMBEDDING, "Flatten()", "Dense(5, activation='relu')", SCORE],
    "flatten-lstm": [EMBEDDING, "LSTM(4, return_sequences=True)", "Flatten()", SCORE],
    "global-max": [EMBEDDING, "LSTM(5, return_sequences=True)", "GlobalMaxPooling1D()", SCORE],
    "global-average": [EMBEDDING, "GlobalAveragePooling1D()", "Dense(4, activation='tanh')", SCORE],
    "max-pooling": [EMBEDDING, "LSTM(4, return_sequences=True)", "MaxPooling1D(2)", "LSTM(3)", SCORE],
    "max-pooling-same": [EMBEDDING, "MaxPooling1D(4, strides=3, padding='same')",
                         "Bidirectional(LSTM(3, return_sequences=True))", "GlobalAveragePooling1D()", SCORE],
    "average-pooling": [EMBEDDING, "AveragePooling1D(pool_size=3, strides=2)", "LSTM(3)", SCORE],
    "average-pooling-same": [EMBEDDING, "AveragePooling1D(4, padding='same')", "LSTM(3, return_sequences=True)",
                             "AveragePooling1D(2, strides=1)", "Flatten()", SCORE],
    "mask-lstm": [MASKED, "LSTM(5)", SCORE],
    "mask-lstm-stacked": [MASKED, "SpatialDropout1D(0.0)", "LSTM(5, return_sequences=True)", "Dropout(0.0)",
                          "Dense(3, activation='tanh')", "LSTM(4, go_backwards=True)", SCORE],
    "mask-bidirectional": [MASKED, "Bidirectional(LSTM(4, return_sequences=True))", "Activation('tanh')",
                           "Bidirectional(GRU(3, return_sequences=True), merge_mode='mul')",
                           "Bidirectional(SimpleRNN(3))", "Dense(3, activation='softmax')"],
    "mask-gru": [MASKED, "GRU(5, return_sequences=True)", "GRU(4, use_bias=False)", SCORE],
    "mask-simple-rnn": [MASKED, "SimpleRNN(5, return_sequences=True)", "SimpleRNN(4, activation='relu', go_backwards=True)",
                        SCORE],
    "mask-global-average": [MASKED, "GlobalAveragePooling1D()", "Dense(4, activation='tanh')", SCORE],
    "mask-lstm-average": [MASKED, "Bidirectional(LSTM(4, return_sequences=True), merge_mode='sum')",
                          "GlobalAveragePooling1D()", SCORE],
    "mask-lstm-max": [MASKED, "LSTM(5, return_sequences=True)", "GlobalMaxPooling1D()", SCORE],
    "mask-lstm-conv1d": [MASKED, "LSTM(4, return_sequences=True)", "Dense(3, activation='sigmoid')",
                         "Conv1D(5, 3, activation='relu')", "Flatten()", SCORE],
    "mask-bidirectional-flatten": [MASKED, "Bidirectional(LSTM(3, return_sequences=True))", "Flatten()", SCORE],
    "mask-zero-output": [MASKED, "GRU(4, return_sequences=True, zero_output_for_mask=True)", "Flatten()", SCORE],
    "mask-ended": [MASKED, "Conv1D(4, 3, padding='same')", "LSTM(4)", SCORE],
    # Words 7 and 13, and 0 where there is no mask_zero, have zeros as vectors.
    "masking": [EMBEDDING, "Masking()", "LSTM(5)", SCORE],
    "masking-stacked": ["Embedding(30, 4, embeddings_regularizer=L2(0.02))", "Masking(mask_value=0.0)",
                        "SpatialDropout1D(0.0)", "Bidirectional(GRU(4, return_sequences=True))",
                        "Dense(3, activation='tanh')", "LSTM(4)", "Dense(3, activation='softmax')"],
    "masking-frozen": ["Embedding(30, 4, mask_zero=True, trainable=False)", "Masking()", "SimpleRNN(4)", SCORE],
    "masking-ended": [EMBEDDING, "Masking()", "Conv1D(4, 3, padding='same')", "LSTM(4)", SCORE],
    "masking-average": [EMBEDDING, "Masking(name='m')", "GRU(4, return_sequences=True, name='g')",
                        "GlobalAveragePooling1D(name='a')", ("LSTM(3, name='l')", ["m"]),
                        ("Concatenate()", ["a", "l"]), SCORE],
    "unit-normalization": [EMBEDDING, "LSTM(4, return_sequences=True)", "UnitNormalization()",
                           "Rescaling(1.5, offset=-0.25)", "GlobalAveragePooling1D()", "UnitNormalization(axis=1)",
                           "Rescaling(2)", SCORE],
    "mask-average-unit": [MASKED, "UnitNormalization()", "GRU(4, return_sequences=True)", "Rescaling(-0.5)",
                                "GlobalAveragePooling1D()", SCORE],
    # Two inputs: rows of ids, and bags of their n-grams.
    "ngrams": [EMBEDDING, "LSTM(5, name='l')", ("UnitNormalization(name='u')", ["ngrams"]),
               ("Dense(3, name='d')", ["u"]), ("Concatenate()", ["l", "d"]), SCORE],
    "ngrams-count": [EMBEDDING, "GlobalAveragePooling1D(name='a')",
                     ("Dense(4, activation='tanh', name='d')", ["ngrams"]), ("Add()", ["a", "d"]),
                     "Dense(3, activation='softmax')"],
    "mask-average-ngrams": [MASKED, "Bidirectional(LSTM(4, return_sequences=True), name='l')",
                    ("GlobalMaxPooling1D(name='m')", ["l"]), ("GlobalAveragePooling1D(name='a')", ["l"]),
                    ("UnitNormalization(name='u')", ["ngrams"]), ("Dense(3, use_bias=False, name='d')", ["u"]),
                    ("Rescaling(3, name='r')", ["d"]), ("Concatenate()", ["m", "a", "r"]), "Dropout(0.0)", SCORE],
    "mask-dropout": [MASKED, "SpatialDropout1D(0.2)", "Bidirectional(LSTM(4, return_sequences=True, dropout=0.2))",
                     "GRU(4, dropout=0.3)", SCORE],
    "go-backwards": [EMBEDDING, "LSTM(4, go_backwards=True, return_sequences=True)", "LSTM(3)", SCORE],
    "layer-normalization": [EMBEDDING, "LayerNormalization()", "LSTM(5, return_sequences=True)",
                            "LayerNormalization(epsilon=1e-5, gamma_regularizer=l2(0.02), beta_regularizer='l1')",
                            "LSTM(4)", "LayerNormalization(center=False)", SCORE],
    "layer-normalization-plain": [EMBEDDING, "LSTM(5, return_sequences=True)",
                                  "LayerNormalization(-1, 0.01, False, scale=False)", "GlobalAveragePooling1D()",
                                  "LayerNormalization(axis=1, scale=False)", "Dense(3, activation='softmax')"],
    "layer-normalization-rms": [EMBEDDING, "LayerNormalization(rms_scaling=True)", "GRU(4)", SCORE],
    "layer-normalization-frozen": [EMBEDDING, "LSTM(17, return_sequences=True)", "LayerNormalization(trainable=False)",
                                   "LSTM(3)", SCORE],
    "batch-normalization": [EMBEDDING, "LSTM(5, return_sequences=True)", "BatchNormalization(momentum=0.3)", "LSTM(4)",
                            "BatchNormalization(-1, 0.2)", "Dense(4, activation='tanh')", SCORE],
    "batch-normalization-embedding": [EMBEDDING, "BatchNormalization(axis=2)", "LSTM(5)", "BatchNormalization()", SCORE],
    "batch-normalization-vectors": [EMBEDDING, "LSTM(5)", "BatchNormalization(momentum=0.9, epsilon=0.1)",
                                    "Dense(4, activation='tanh')", "BatchNormalization(-1, 0.5, center=False)",
                                    "Activation('tanh')", SCORE],
    "batch-normalization-conv1d": [EMBEDDING, "Conv1D(18, 3, use_bias=False)",
                                   "BatchNormalization(momentum=0.5, gamma_regularizer=l2(0.02), "
                                   "beta_regularizer=L1L2(0.003, 0.02))", "Activation('relu')", "GlobalMaxPooling1D()",
                                   "Dense(3, activation='softmax')"],
    "batch-normalization-bidirectional": [EMBEDDING, "Bidirectional(LSTM(4, return_sequences=True))",
                                          "BatchNormalization(momentum=0.4, scale=False)", "LSTM(3)", SCORE],
    "batch-normalization-plain": [EMBEDDING, "BatchNormalization(center=False, scale=False)", "SimpleRNN(4)", SCORE],
    "batch-normalization-frozen": [EMBEDDING, "BatchNormalization(trainable=False)", "LSTM(4, return_sequences=True)",
                                   "BatchNormalization(trainable=False)", "LSTM(3)", SCORE],
}

# Activations, each several per model, in every layer that has one; the names and aliases of Keras.
MODELS.update({
    "activations-dense": [EMBEDDING, "LSTM(5)", "Dense(6, activation='gelu')", "Dense(5, activation='swish')",
                          "Dense(6, activation='mish')", "Dense(5, activation='softplus')", SCORE],
    "activations-dense-linear": [EMBEDDING, "LSTM(5)", "Dense(6, activation='relu6')", "Dense(5, activation='leaky_relu')",
                                 "Dense(6, activation='elu')", "Dense(5, activation='selu')",
                                 "Dense(6, activation='celu')", SCORE],
    "activations-dense-hard": [EMBEDDING, "LSTM(5)", "Dense(6, activation='hard_silu')",
                               "Dense(6, activation='hard_sigmoid')", "Dense(5, activation='hard_tanh')",
                               "Dense(6, activation='hard_swish')", SCORE],
    "activations-dense-soft": [EMBEDDING, "LSTM(5)", "Activation('sparse_sigmoid')", "Dense(5, activation='softsign')",
                               "Dense(5, activation='sparse_plus')", "Dense(6, activation='log_sigmoid')",
                               "Dense(5, activation='squareplus')", SCORE],
    "activations-dense-shrink": [EMBEDDING, "LSTM(5)", "Dense(6, activation='tanh_shrink')", "Dense(7)",
                                 "Activation('soft_shrink')", "Dense(6, activation='hard_shrink')", SCORE],
    "activations-sequence": [EMBEDDING, "Dense(5, activation='exponential')", "Activation('log_softmax')",
                             "LSTM(4, return_sequences=True)", "Dense(4, activation='log_softmax')", "Activation('gelu')",
                             "GlobalAveragePooling1D()", "Dense(3, activation='softmax')"],
    "activations-conv1d": [EMBEDDING, "Conv1D(6, 3, activation='silu')", "Conv1D(5, 2, activation='elu', padding='same')",
                           "Conv1D(4, 2, activation='log_softmax')", "GlobalMaxPooling1D()", SCORE],
    "activations-simple-rnn": [EMBEDDING, "SimpleRNN(5, activation='softsign', return_sequences=True)",
                               "SimpleRNN(4, activation='hard_tanh', return_sequences=True)",
                               "Bidirectional(SimpleRNN(3, activation='gelu'))", SCORE],
    "lstm-hard-sigmoid": [EMBEDDING, "LSTM(5, recurrent_activation='hard_sigmoid', return_sequences=True)",
                          "LSTM(4, recurrent_activation='hard_sigmoid')", SCORE],
    "lstm-activations": [EMBEDDING, "LSTM(5, activation='relu', recurrent_activation='hard_sigmoid', "
                         "return_sequences=True)",
                         "LSTM(4, activation='softsign', recurrent_activation='sigmoid', go_backwards=True, "
                         "return_sequences=True)",
                         "LSTM(3, 'elu', 'sparse_sigmoid', unit_forget_bias=False, recurrent_regularizer=l2(0.01))",
                         SCORE],
    "lstm-linear": [EMBEDDING, "LSTM(5, activation='linear', use_bias=False, return_sequences=True)",
                    "LSTM(4, activation=None)", SCORE],
    "lstm-hard-sigmoid-dropout": [EMBEDDING, "LSTM(5, recurrent_activation='hard_sigmoid', dropout=0.2)", SCORE],
    "bidirectional-hard-sigmoid": [EMBEDDING, "Bidirectional(LSTM(4, recurrent_activation='hard_sigmoid', "
                                   "return_sequences=True))",
                                   "Bidirectional(LSTM(3, activation='relu6', recurrent_activation='hard_sigmoid'), "
                                   "merge_mode='sum')", SCORE],
    "mask-lstm-hard-sigmoid": [MASKED, "LSTM(5, recurrent_activation='hard_sigmoid', return_sequences=True)",
                               "Dense(4, activation='silu')",
                               "Bidirectional(LSTM(4, recurrent_activation='hard_sigmoid', return_sequences=True))",
                               "LSTM(3, activation='softsign', go_backwards=True)", SCORE],
    "gru-activations": [EMBEDDING, "GRU(5, activation='relu', recurrent_activation='hard_sigmoid', "
                        "return_sequences=True)", "GRU(4, 'gelu', 'softsign', go_backwards=True)", SCORE],
    "gru-reset-before": [EMBEDDING, "GRU(5, reset_after=False, return_sequences=True)",
                         "GRU(4, reset_after=False, use_bias=False, activation='softsign', "
                         "recurrent_activation='hard_sigmoid', recurrent_regularizer=l2(0.01))", SCORE],
    "gru-reset-before-bidirectional": [EMBEDDING, "Bidirectional(GRU(17, reset_after=False, return_sequences=True))",
                                       "GlobalAveragePooling1D()", SCORE],
    "mask-gru-reset-before": [MASKED, "GRU(5, reset_after=False, return_sequences=True)",
                              "Bidirectional(GRU(4, reset_after=False, recurrent_activation='hard_sigmoid'))", SCORE],
})

# Activations as layers; constraints of weights.
MODELS.update({
    "rectifiers": [EMBEDDING, "ReLU(max_value=0.8, negative_slope=0.1, threshold=0.2)", "LSTM(5, return_sequences=True)",
                   "LeakyReLU(0.2)", "LSTM(5)", "Dense(6)", "ELU(0.5)", "Dense(5, activation='tanh')", "ReLU()", SCORE],
    "prelu": [EMBEDDING, "PReLU()", "LSTM(5, return_sequences=True)",
              "PReLU(alpha_initializer='ones', alpha_regularizer=l2(0.02), shared_axes=[1])", "GRU(4, return_sequences=True)",
              "PReLU(shared_axes=2)", "LSTM(6)", "PReLU()", "Dense(3)", "Softmax()"],
    "mask-rectifiers": [MASKED, "PReLU(shared_axes=[1, 2])", "LSTM(5, return_sequences=True)", "LeakyReLU()",
                        "ELU()", "Bidirectional(GRU(3, return_sequences=True))", "ReLU(0.3)", "Flatten()", SCORE],
    "softmax": [EMBEDDING, "LSTM(7, return_sequences=True)", "Softmax(axis=2)", "LSTM(4)", "Softmax(1)", "Dense(3)",
                "Softmax()"],
    "reshape": [EMBEDDING, "LSTM(4, return_sequences=True)", "Permute((2, 1))", "Reshape((6, -1))", "GRU(5)",
                "RepeatVector(3)", "LSTM(4, return_sequences=True)", "Reshape((12,))", SCORE],
    "steps": [EMBEDDING, "ZeroPadding1D((1, 2))", "Conv1D(5, 3, activation='tanh')", "UpSampling1D(2)", "Cropping1D((3, 1))",
              "LSTM(4, return_sequences=True)", "ZeroPadding1D(2)", "Cropping1D(1)", "Flatten()", SCORE],
    "time-distributed": [EMBEDDING, "TimeDistributed(Dense(5, activation='tanh', kernel_regularizer=l2(0.01)))",
                         "TimeDistributed(LayerNormalization())", "LSTM(4, return_sequences=True)",
                         "TimeDistributed(Dropout(0.0))", "TimeDistributed(Dense(3, trainable=False))",
                         "TimeDistributed(Activation('relu'), trainable=False)", "GlobalAveragePooling1D()", SCORE],
    "mask-reshape": [MASKED, "TimeDistributed(Dense(4))", "Bidirectional(LSTM(3, return_sequences=True))", "Permute((2, 1))",
                     "UpSampling1D()", "GRU(4)", SCORE],
    "constraints": ["Embedding(30, 4, embeddings_constraint=MaxNorm(1.5, axis=1))",
                    "Conv1D(6, 3, kernel_constraint=MaxNorm(1.2, axis=[0, 1]), bias_constraint=NonNeg())",
                    "LSTM(5, kernel_constraint=UnitNorm(), recurrent_constraint=MinMaxNorm(0.5, 1.0, rate=0.9), "
                    "bias_constraint='non_neg')",
                    "Dense(4, kernel_constraint=max_norm(1.0), bias_constraint='max_norm')", SCORE],
    "constraints-others": [EMBEDDING, "BatchNormalization(gamma_constraint=UnitNorm(-1), beta_constraint='non_neg')",
                           "PReLU(alpha_constraint=NonNeg(), shared_axes=[1])",
                           "Bidirectional(GRU(4, return_sequences=True, kernel_constraint=MaxNorm(0.7, 1), "
                           "bias_constraint=MinMaxNorm(0.1, 0.4, 0.5, axis=[0, 1])))",
                           "SimpleRNN(5, recurrent_constraint=UnitNorm([0]))",
                           "LayerNormalization(gamma_constraint=MinMaxNorm(), beta_constraint=MaxNorm(0.3))", SCORE],
})

# Models with branches: a layer with the names of those whose outputs it takes, where that is not the one before.
MODELS.update({
    "branches-conv1d": [
        "Embedding(30, 4, name='e')", "Conv1D(4, 2, activation='relu')", "GlobalMaxPooling1D(name='two')",
        ("Conv1D(5, 3, activation='tanh')", ["e"]), "GlobalMaxPooling1D(name='three')",
        ("Conv1D(3, 4, activation='relu')", ["e"]), "GlobalMaxPooling1D(name='four')",
        ("Concatenate()", ["two", "three", "four"]), "Dropout(0.0)", SCORE],
    "branches-pooling": [
        EMBEDDING, "SpatialDropout1D(0.0)", "Bidirectional(LSTM(4, return_sequences=True), name='b')",
        "GlobalAveragePooling1D(name='mean')", ("GlobalMaxPooling1D(name='most')", ["b"]),
        ("Concatenate(axis=1)", ["mean", "most"]), "Dense(3, activation='softmax')"],
    "branches-add": [
        "Embedding(30, 4, name='e')", "LSTM(4, return_sequences=True, name='l')", ("Add()", ["e", "l"]),
        "Dense(4, activation='tanh', name='d')", ("Multiply()", ["l", "d", "e"]), "Flatten()", SCORE],
    "branches-average": [
        "Embedding(30, 4, name='e')", "LSTM(5, name='l')", ("GRU(5, name='g')", ["e"]), ("SimpleRNN(5, name='s')", ["e"]),
        ("Average(name='a')", ["l", "g", "s"]), ("Subtract()", ["a", "g"]), SCORE],
    "branches-maximum": [
        "Embedding(30, 4, name='e')", "LSTM(5, name='l')", "Dense(4, activation='relu', name='one')",
        ("Dense(4, activation='relu', name='two')", ["l"]), ("Dense(4, activation='relu', name='three')", ["l"]),
        ("Maximum(name='most')", ["one", "two", "three"]), ("Minimum(name='least')", ["three", "one"]),
        ("Concatenate()", ["most", "least", "l"]), SCORE],
    "branches-steps": [
        "Embedding(30, 4, name='e')", "Conv1D(4, 3, name='c')", ("Concatenate(axis=1)", ["e", "c"]),
        "Bidirectional(LSTM(3))", SCORE],
    "branches-frozen": [
        "Embedding(30, 4, trainable=False, name='e')", "Conv1D(4, 3, name='c')",
        ("Dense(3, activation='tanh', trainable=False, name='f')", ["e"]), ("GlobalMaxPooling1D(name='g')", ["c"]),
        ("LSTM(4, name='l')", ["f"]), ("Concatenate()", ["g", "l"]), SCORE],
    "branches-random": [
        "Embedding(30, 4, name='e')", "SpatialDropout1D(0.2)", "GRU(4, name='g')",
        ("LSTM(4, dropout=0.2, name='l')", ["e"]), ("Add()", ["g", "l"]), "Dropout(0.3)", SCORE],
    "attention": [
        "Embedding(30, 4, name='e')", "Conv1D(4, 3, name='k')", ("LSTM(4, return_sequences=True, name='q')", ["e"]),
        ("Conv1D(5, 3, name='v')", ["e"]), ("Attention(use_scale=True, name='a')", ["q", "v", "k"]),
        ("Attention(score_mode='concat', name='c')", ["q", "k"]),
        ("Attention(True, 'concat', name='s')", ["q", "e"]), ("AdditiveAttention(name='d')", ["e", "k"]),
        ("AdditiveAttention(use_scale=False, trainable=False, name='f')", ["k", "q"]), "GlobalMaxPooling1D(name='g')",
        ("Concatenate(name='x')", ["a", "c", "s", "d"]), "GlobalAveragePooling1D(name='y')", ("Concatenate()", ["g", "y"]),
        SCORE],
    "mask-attention": [
        "Embedding(30, 4, mask_zero=True, name='e')", "LSTM(4, return_sequences=True, name='l')",
        ("Attention(name='a')", ["l", "e"]), ("AdditiveAttention(name='b')", ["a", "l"]), "LSTM(3, name='s')",
        ("Flatten(name='f')", ["a"]), ("Concatenate()", ["s", "f"]), SCORE],
    "multi-head-attention": [
        "Embedding(30, 4, name='e')", "LSTM(6, return_sequences=True, name='l')",
        ("MultiHeadAttention(2, 3, name='a')", ["l", "e"]), ("Conv1D(5, 3, name='k')", ["e"]), ("MultiHeadAttention(3, 2, name='b')", ["a", "k"]),
        ("MultiHeadAttention(1, 4, use_bias=False, output_shape=7, kernel_regularizer=l2(0.01), "
         "kernel_constraint=MaxNorm(1.5, axis=[0, 1]), name='c')", ["e", "b", "l"]),
        "GlobalAveragePooling1D()", SCORE],
    "mask-multi-head-attention": [
        "Embedding(30, 4, mask_zero=True, name='e')", ("MultiHeadAttention(2, 3, name='m')", ["e", "e"]),
        ("Add(name='a')", ["e", "m"]), "LayerNormalization()", "LSTM(3)", SCORE],
    "multi-head-attention-dropout": [
        "Embedding(30, 4, name='e')", ("MultiHeadAttention(2, 3, value_dim=4, dropout=0.2, name='m')", ["e", "e"]), "GRU(3)", SCORE],
    "attention-dropout": [
        "Embedding(30, 4, name='e')", ("Attention(dropout=0.3, name='a')", ["e", "e"]), "GRU(3)", SCORE],
    "mask-branches": [
        "Embedding(30, 4, mask_zero=True, name='e')", "Bidirectional(LSTM(4, return_sequences=True), name='b')",
        ("GRU(3, name='g')", ["b"]), ("GlobalMaxPooling1D(name='m')", ["b"]), ("Flatten(name='f')", ["b"]),
        ("Concatenate()", ["g", "m", "f"]), SCORE],
    "mask-branches-average": [
        "Embedding(30, 4, mask_zero=True, name='e')", "LSTM(4, return_sequences=True, name='l')",
        ("GRU(5, return_sequences=True, name='g')", ["e"]), ("Concatenate(name='c')", ["l", "g"]),
        "GlobalAveragePooling1D(name='a')", ("LSTM(3, name='last')", ["c"]), ("Concatenate()", ["a", "last"]), SCORE],
    "mask-branches-add": [
        "Embedding(30, 4, mask_zero=True, name='e')", "LSTM(4, return_sequences=True, name='l')",
        ("Add(name='a')", ["e", "l"]), ("Multiply()", ["l", "a"]), "LayerNormalization()", "BatchNormalization(momentum=0.5)",
        "GRU(4, name='g')", SCORE],
})

OPTIMIZERS = {
    "sgd": "SGD(0.5)",
    "sgd-momentum": "SGD(0.1, momentum=0.9, weight_decay=0.02)",
    "sgd-nesterov": "SGD(0.1, momentum=0.8, nesterov=True)",
    "rmsprop": "RMSprop(0.01)",
    "rmsprop-centered": "RMSprop(0.01, rho=0.8, momentum=0.5, epsilon=1e-5, centered=True)",
    "adam-amsgrad": "Adam(0.05, beta_1=0.7, beta_2=0.9, amsgrad=True)",
    "adamw": "AdamW(0.02, weight_decay=0.1)",
    "adagrad": "Adagrad(0.1, initial_accumulator_value=0.05)",
    "adadelta": "Adadelta(2.0, rho=0.9)",
    "adamax": "Adamax(0.05)",
    "nadam": "Nadam(0.02)",
    "clipnorm": "SGD(0.5, momentum=0.5, clipnorm=0.02)",
    "clipvalue": "SGD(0.5, clipvalue=0.01)",
    "global-clipnorm": "Adagrad(0.2, global_clipnorm=0.05)",
    "ema": "Adam(0.02, use_ema=True, ema_momentum=0.8)",
    "ema-overwrite": "SGD(0.5, momentum=0.5, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2)",
    "exponential-decay": "SGD(ExponentialDecay(0.8, 4, 0.5))",
    "piecewise-constant-decay": "Adam(PiecewiseConstantDecay([3, 7, 9], [0.01, 0.03, 0.02, 0.05]))",
    "polynomial-decay": "SGD(PolynomialDecay(0.8, 9, end_learning_rate=0.1, power=2.0))",
    "inverse-time-decay": "SGD(InverseTimeDecay(0.8, 2, 0.7, staircase=True), momentum=0.5)",
    "cosine-decay": "AdamW(CosineDecay(0.01, 6, alpha=0.1, warmup_target=0.05, warmup_steps=4), weight_decay=0.2)",
    "cosine-decay-restarts": "Nadam(CosineDecayRestarts(0.05, 2, m_mul=0.9))",
}
MODELS.update({name: [EMBEDDING, "LSTM(5)", SCORE] for name in OPTIMIZERS})
OPTIMIZERS["constraints-ema"] = "SGD(0.5, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2)"
MODELS["constraints-ema"] = [EMBEDDING, "LSTM(5, kernel_constraint=MaxNorm(0.8))",
                             "Dense(1, activation='sigmoid', kernel_constraint=NonNeg())"]
OPTIMIZERS["batch-normalization-ema"] = "SGD(0.1, use_ema=True, ema_momentum=0.7)"
MODELS["batch-normalization-ema"] = [EMBEDDING, "GRU(5, return_sequences=True)", "BatchNormalization(momentum=0.6)",
                                     "GlobalAveragePooling1D()", SCORE]
MODELS["clipnorm"] = ["Embedding(30, 4, trainable=False)", "LSTM(5)", SCORE]

# How rows are weighted, as train_on_batch takes it.
WEIGHTS = {
    "class-weight": {"class_weight": [0.3, 2.5]},
    "class-weight-softmax": {"class_weight": [0.3, 1.0, 2.5]},
    "sample-weight": {"sample_weight": [0.0, 1.0, 2.0, 0.5, 3.0, 1.0, 0.1, 0.2, 1.5, 1.0, 0.0, 4.0]},
}
MODELS["class-weight"] = MODELS["sample-weight"] = ["Embedding(30, 4, embeddings_regularizer=L2(0.02))", "LSTM(5)", SCORE]
MODELS["class-weight-softmax"] = [EMBEDDING, "LSTM(5)", "Dense(3, activation='softmax')"]

# Models of bags of words, and the mode of texts_to_matrix.
# Of models with a second input: the n-grams that get a column.
NGRAMS = {"ngrams": {"mode": "tf_idf", "longest": 2, "max_columns": 60},
          "ngrams-count": {"mode": "count", "longest": 1, "max_columns": 20},
          "mask-average-ngrams": {"mode": "multi_hot", "longest": 3, "max_columns": 80}}

MATRICES = {"bag-binary": "binary", "bag-count": "count", "bag-freq": "freq", "bag-tfidf": "tfidf",
            "bag-softmax": "count", "bag-frozen": "tfidf", "bag-vectors": "tfidf", "bag-dropout": "binary", "bag-repeat": "count",
            "bag-unit": "tfidf"}
BAG = ["Dense(5, activation='relu')", "Dropout(0.0)", SCORE]
MODELS.update({name: BAG for name in MATRICES})
MODELS["bag-softmax"] = ["Dense(18, activation='softmax', use_bias=False)", "Dense(3, activation='softmax')"]
MODELS["bag-frozen"] = ["Dense(17, activation='tanh', trainable=False)", "Dense(3)", "Activation('softmax')"]
MODELS["bag-vectors"] = ["Dropout(0.0)", "Dense(5, activation='tanh', kernel_regularizer=l2(0.01))", SCORE]
MODELS["bag-repeat"] = ["Dense(5, activation='relu')", "RepeatVector(4)", "LSTM(3)", SCORE]
MODELS["bag-unit"] = ["UnitNormalization()", "Dense(5, activation='relu')", SCORE]
MODELS["bag-dropout"] = ["Dropout(0.2)", *BAG]

# Losses as mood_model_compile takes them, each with an interesting setting. Keras does not save that of Huber.
LOSSES = {
    "loss-binary-smoothing": ([SCORE], "BinaryCrossentropy(label_smoothing=0.1)"),
    "loss-binary-logits": (["Dense(1)"], "BinaryCrossentropy(from_logits=True, label_smoothing=0.2)"),
    "loss-binary-linear": (["Dense(1)"], "binary_crossentropy"),
    "loss-binary-softmax": (["Dense(3, activation='softmax')"], "BinaryCrossentropy(label_smoothing=0.3)"),
    "loss-categorical-smoothing": (["Dense(3, activation='softmax')"], "CategoricalCrossentropy(label_smoothing=0.1)"),
    "loss-categorical-logits": (["Dense(3)"], "CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)"),
    "loss-categorical-sigmoid": (["Dense(3, activation='sigmoid')"], "categorical_crossentropy"),
    "loss-sparse": (["Dense(3, activation='softmax')"], "sparse_categorical_crossentropy"),
    "loss-sparse-logits": (["Dense(3)"], "SparseCategoricalCrossentropy(from_logits=True)"),
    "loss-sparse-softplus": (["Dense(3, activation='softplus')"], "sparse_categorical_crossentropy"),
    "loss-binary-focal": ([SCORE], "BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.3, gamma=1.5, "
                                   "label_smoothing=0.1)"),
    "loss-binary-focal-logits": (["Dense(2)"], "BinaryFocalCrossentropy(from_logits=True)"),
    "loss-categorical-focal": (["Dense(3, activation='softmax')"],
                               "CategoricalFocalCrossentropy(alpha=0.4, gamma=3.0, label_smoothing=0.1)"),
    "loss-categorical-focal-logits": (["Dense(3)"], "CategoricalFocalCrossentropy(from_logits=True)"),
    "loss-hinge": (["Dense(1, activation='tanh')"], "hinge"),
    "loss-squared-hinge": (["Dense(2, activation='tanh')"], "squared_hinge"),
    "loss-categorical-hinge": (["Dense(3)"], "categorical_hinge"),
    "loss-mse": ([SCORE], "mse"),
    "loss-mse-softmax": (["Dense(3, activation='softmax')"], "mean_squared_error"),
    "loss-mae": (["Dense(2)"], "mae"),
    "loss-mape": (["Dense(2)"], "mape"),
    "loss-msle": (["Dense(2, activation='softplus')"], "msle"),
    "loss-huber": (["Dense(2)"], "huber"),
    "loss-log-cosh": (["Dense(2)"], "log_cosh"),
    "loss-kld": (["Dense(3, activation='softmax')"], "kld"),
    "loss-poisson": (["Dense(2, activation='exponential')"], "poisson"),
    "loss-cosine": (["Dense(3)"], "cosine_similarity"),
}
LABELS = {
    "loss-sparse": "class", "loss-sparse-logits": "class", "loss-sparse-softplus": "class", "metrics-sparse": "class",
    "loss-squared-hinge": "sign", "loss-binary-focal-logits": "bits", "metrics-multi-label": "bits",
    "loss-mae": "real", "loss-mape": "real", "loss-huber": "real", "loss-log-cosh": "real", "loss-cosine": "real",
    "metrics-regression": "real", "loss-msle": "count", "loss-poisson": "count", "loss-kld": "share",
}
WEIGHTS["loss-mse"] = WEIGHTS["loss-hinge"] = WEIGHTS["loss-kld"] = WEIGHTS["sample-weight"]
WEIGHTS["loss-binary-focal"] = WEIGHTS["class-weight"]

# Metrics, and weighted metrics.
METRICS = {
    "metrics-binary": (
        [SCORE], BINARY,
        ["accuracy", "BinaryAccuracy(threshold=0.7)", "AUC()", "AUC(curve='PR', name='pr')",
         "AUC(num_thresholds=20, summation_method='majoring')", "AUC(curve='PR', summation_method='minoring')",
         "AUC(curve='PRGAIN', name='gain')", "AUC(thresholds=[0.2, 0.3, 0.9], name='few')", "Precision(thresholds=0.4)",
         "Recall()", "TruePositives()", "FalsePositives(thresholds=0.2)", "TrueNegatives()", "FalseNegatives()",
         "F1Score(average='macro', threshold=0.5)", "mse", "bce", "Hinge()", "Accuracy(name='equal')"],
        ["accuracy", "AUC()", "precision", "mae", "F1Score(average='micro', threshold=0.6)"]),
    "metrics-logits": (
        ["Dense(1)"], "BinaryCrossentropy(from_logits=True)",
        ["accuracy", "BinaryAccuracy(threshold=0.0, name='above')", "AUC(from_logits=True)", "AUC(name='raw')",
         "BinaryCrossentropy(from_logits=True, label_smoothing=0.1)", "BinaryCrossentropy(name='clipped')"], None),
    "metrics-multi-label": (
        ["Dense(3, activation='sigmoid')"], BINARY,
        ["accuracy", "binary_accuracy", "AUC(multi_label=True, num_labels=3)", "AUC(multi_label=True, curve='PR')",
         "F1Score(average='macro')", "F1Score(average='weighted', threshold=0.4)", "FBetaScore(average='micro', beta=2.0)",
         "Precision(top_k=2)", "Recall(class_id=1)", "Precision(thresholds=0.3, top_k=2, class_id=2)", "squared_hinge"],
        ["binary_accuracy", "FBetaScore(average='weighted', beta=0.5, threshold=0.5)", "recall"]),
    "metrics-categorical": (
        ["Dense(4, activation='softmax')"], CATEGORICAL,
        ["acc", "categorical_accuracy", "TopKCategoricalAccuracy(k=2)", "CategoricalCrossentropy(label_smoothing=0.1)",
         "kl_divergence", "categorical_hinge", "AUC()", "F1Score(average='macro')"], ["categorical_accuracy", "kl_divergence"]),
    "metrics-sparse": (
        ["Dense(4, activation='softmax')"], "sparse_categorical_crossentropy",
        ["accuracy", "sparse_categorical_accuracy", "SparseTopKCategoricalAccuracy(k=2)",
         "SparseCategoricalCrossentropy()"], ["accuracy"]),
    "metrics-regression": (
        ["Dense(2)"], "mse",
        ["mse", "RootMeanSquaredError()", "mae", "mape", "msle", "LogCoshError()", "CosineSimilarity()"],
        ["RootMeanSquaredError()", "mae"]),
}
MODELS.update({name: [EMBEDDING, "LSTM(5)", *last] for name, (last, *_) in (LOSSES | METRICS).items()})
for weighted in ("metrics-binary", "metrics-multi-label", "metrics-categorical", "metrics-sparse", "metrics-regression"):
    WEIGHTS[weighted] = WEIGHTS["sample-weight"]


def made(text, module):
    """A loss or a metric: a name, or an object."""
    return eval(text, vars(module).copy()) if "(" in text else text


def loss_of(name, outputs):
    """As mood_model_compile takes it."""
    return (LOSSES | METRICS)[name][1] if name in LOSSES or name in METRICS else CATEGORICAL if outputs > 1 else BINARY


def is_random(model):
    names = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout")
    return any((type(layer).__name__ in names and getattr(layer, "rate", 1) > 0) or getattr(layer, "dropout", 0) > 0
               or getattr(layer, "recurrent_dropout", 0) > 0
               for layer in model.layers)


def functional(name, lines):
    """A model with branches."""
    x = ids = keras.Input(shape=(STEPS,))
    outputs = {}
    if name in NGRAMS:
        outputs["ngrams"] = keras.Input(shape=(NGRAMS[name]["max_columns"],), name="ngrams")
    for line in lines:
        text, inputs = (line, None) if isinstance(line, str) else line
        layer = eval(text)
        inputs = x if inputs is None else [outputs[name] for name in inputs] if len(inputs) > 1 else outputs[inputs[0]]
        x = layer(*inputs) if isinstance(layer, MultiHeadAttention) else layer(inputs)
        outputs[layer.name] = x
    return keras.Model([ids, outputs["ngrams"]] if name in NGRAMS else ids, x)


def make(name):
    lines, width = MODELS[name], VOCABULARY if name in MATRICES else STEPS
    if any(not isinstance(line, str) for line in lines):
        model = functional(name, lines)
    else:
        model = keras.Sequential([keras.Input(shape=(width,)), *(eval(line) for line in lines)])
    metrics, weighted = METRICS[name][2:] if name in METRICS else (["accuracy"], None)
    model.compile(optimizer=eval(OPTIMIZERS.get(name, "Adam(0.01)")),
                  loss=made(loss_of(name, model.output_shape[-1]), keras.losses),
                  metrics=[made(metric, keras.metrics) for metric in metrics],
                  weighted_metrics=[made(metric, keras.metrics) for metric in weighted] if weighted else None)
    return model


def ids(name, random):
    """Rows with padding before the text, after it, and none; of masked models also within it, and a row of nothing else."""
    x = random.integers(1, VOCABULARY, (ROWS, STEPS)).astype("int32")
    for row in range(ROWS):
        if row % 3 == 0:
            x[row, :random.integers(1, STEPS)] = 0
        elif row % 3 == 1:
            x[row, random.integers(1, STEPS):] = 0
        elif name.startswith("mask"):
            x[row, random.integers(0, 2, STEPS) == 0] = 0
    if name.startswith("mask") and "average" not in name:  # of no steps at all Keras's mean is NaN
        x[5] = 0
    return x


def fitted_tokenizer():
    random = np.random.default_rng(13)
    tokenizer = Tokenizer(num_words=VOCABULARY)
    tokenizer.fit_on_texts([" ".join(f"w{number}" for number in random.zipf(1.3, 12) if number < 1000)
                            for _ in range(40)])
    assert len(tokenizer.word_index) > VOCABULARY
    return tokenizer


def ngrams_of(row, longest):
    """All n-grams of a row of ids, in which 0 is padding."""
    words = [int(i) for i in row if i]
    return [tuple(words[i:i + n]) for n in range(1, longest + 1) for i in range(len(words) - n + 1)]


def chosen_ngrams(name, rows):
    """The columns, as mood_model_set_ngrams chooses them, and the number of rows with each."""
    counts = {}
    for row in rows:
        for gram in set(ngrams_of(row, NGRAMS[name]["longest"])):
            counts[gram] = counts.get(gram, 0) + 1
    order = sorted(counts, key=lambda gram: (-counts[gram], sum(i << 21 * n for n, i in enumerate(gram))))
    columns = order[:NGRAMS[name]["max_columns"]]
    return columns, [counts[gram] for gram in columns]


def ngram_bags(name, rows):
    """As TextVectorization makes them."""
    columns, counts = chosen_ngrams(name, rows)
    bags = np.zeros((len(rows), len(columns)))
    for bag, row in zip(bags, rows):
        for gram in ngrams_of(row, NGRAMS[name]["longest"]):
            if gram in columns:
                bag[columns.index(gram)] += 1
    mode = NGRAMS[name]["mode"]
    return np.minimum(bags, 1) if mode == "multi_hot" else bags if mode == "count" else \
        bags * np.log(1 + len(rows) / (1 + np.array(counts)))


def add_ngrams(name, rows):
    """Add ngrams.json to the model's file."""
    columns, counts = chosen_ngrams(name, rows)
    with zipfile.ZipFile(FOLDER / f"{name}.keras", "a") as file:
        file.writestr("ngrams.json", json.dumps({"format": 1, "mode": NGRAMS[name]["mode"], "rows": len(rows),
                                                 "ngrams": columns, "rows_with": counts}))


def part(x, start, end):
    return [each[start:end] for each in x] if isinstance(x, list) else x[start:end]


def inputs(name, x):
    """What the model takes for rows of ids."""
    if name in NGRAMS:
        return [x, ngram_bags(name, x)]
    if name not in MATRICES:
        return x
    return fitted_tokenizer().sequences_to_matrix([[int(i) for i in row if i] for row in x], mode=MATRICES[name])


def labels(name, outputs, random):
    kind = LABELS.get(name)
    if kind == "bits":
        return random.integers(0, 2, (ROWS, outputs)).astype("float32")
    if kind == "sign":
        return (2 * random.integers(0, 2, (ROWS, outputs)) - 1).astype("float32")
    if kind == "real":
        return random.normal(0, 1.5, (ROWS, outputs)).astype("float32")
    if kind == "count":
        return random.poisson(1.5, (ROWS, outputs)).astype("float32")
    if kind == "share":
        return random.dirichlet([1] * outputs, ROWS).astype("float32")
    if kind == "class":
        return random.integers(0, outputs, (ROWS, 1)).astype("float32")
    number = random.integers(0, max(outputs, 2), ROWS)
    return (np.eye(outputs)[number] if outputs > 1 else number.reshape(-1, 1)).astype("float32")


class BatchLosses(keras.callbacks.Callback):
    """The loss of each batch; Keras reports the mean over the batches so far."""
    def __init__(self):
        super().__init__()
        self.means, self.losses = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"] * (batch + 1) - (self.means[-1] * batch if self.means else 0))
        self.means.append(logs["loss"])


def weights_of(weights, start, batch):
    """The arguments of train_on_batch for the rows from start on."""
    if "class_weight" in weights:
        return {"class_weight": dict(enumerate(weights["class_weight"]))}
    return {key: np.array(value[start:start + batch]) for key, value in weights.items()}


def steps(model, x, y, weights, epochs=None):
    """One epoch, whose metrics are appended to epochs. Only fit ends with the moving average of the weights."""
    if model.optimizer.use_ema:
        seen = BatchLosses()
        model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[seen])
        # They share memory with their averages now, which the JAX back end's next fit refuses.
        model.set_weights([weight.copy() for weight in model.get_weights()])
        return seen.losses
    if epochs is not None:
        seen = BatchLosses()
        logs = model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[seen],
                         sample_weight=np.array(weights["sample_weight"]) if weights else None).history
        epochs.append({key: float(np.asarray(value[0]).reshape(())) for key, value in logs.items()})
        return seen.losses
    losses = []
    for start in range(0, ROWS, BATCH):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(part(x, start, start + BATCH), y[start:start + BATCH],
                                                **weights_of(weights, start, BATCH))[0]))
    return losses


def write(name):
    keras.backend.clear_session()  # numbers names of metrics from the beginning
    keras.utils.set_random_seed(7)
    random = np.random.default_rng(11)
    model, weights = make(name), WEIGHTS.get(name, {})
    numbers = [random.normal(0, 1, weight.shape) for weight in model.get_weights()]
    if name.startswith("masking"):
        numbers[0][[7, 13] if "mask_zero" in MODELS[name][0] else [0, 7, 13]] = 0
    for weight, values in zip(model.weights, numbers):
        if weight.name == "moving_variance":
            np.abs(values, out=values)
    rows, y = ids(name, random), labels(name, model.output_shape[-1], random)
    x = inputs(name, rows)
    if name in METRICS:  # scores on both sides of the thresholds
        numbers[-1] -= 1.1
    scales = (0.7,) if name in LOSSES or name == "metrics-regression" else (1.4, 1.0, 0.7, 0.5)
    for scale in scales[:1] if name in METRICS else scales:  # near 0 and 1 Keras clips probabilities, and mood's losses are of logits
        model.set_weights([scale * values for values in numbers])
        scores = model.predict(x, verbose=0)
        if scores.min() > 1e-4 and scores.max() < 1 - 1e-4:
            break
    for _ in range(2):
        steps(model, x, y, weights)
    model.save(FOLDER / f"{name}.keras")
    if name in NGRAMS:
        add_ngrams(name, rows)
    predictions = model.predict(x, verbose=0).astype(float)
    epochs = [] if name in METRICS else None
    measured = {}
    if name in METRICS:
        values = model.evaluate(x, y, batch_size=BATCH, verbose=0, return_dict=True)
        measured = {"metrics": METRICS[name][2], "weighted_metrics": METRICS[name][3] or [],
                    "evaluated": {key: float(np.asarray(value).reshape(())) for key, value in values.items()}}
    golden = {
        "keras": keras.__version__,
        "layers": MODELS[name],
        "optimizer": OPTIMIZERS.get(name, "Adam(0.01)"),
        **({"loss": loss_of(name, 0)} if name in LOSSES or name in METRICS else {}),
        **measured,
        **weights,
        "batch": BATCH,
        "iterations": int(model.optimizer.iterations.numpy()),
        **({"matrix": MATRICES[name], "tokenizer": fitted_tokenizer().to_json()} if name in MATRICES else {}),
        **({"ngrams": NGRAMS[name]} if name in NGRAMS else {}),
        "x": rows.tolist(),
        "y": y.tolist(),
        "predictions": predictions.tolist(),
        "losses": [] if is_random(model) else [
            *steps(model, x, y, weights, epochs), *steps(model, x, y, weights, epochs)],
        **({"epochs": epochs} if epochs else {}),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(golden) + "\n")
    print(f"{name}: scores from {predictions.min():.3f} to {predictions.max():.3f}")


def main():
    for name in sys.argv[1:] or MODELS:
        if name != "index":
            write(name)
    (FOLDER / "index.json").write_text(json.dumps(list(MODELS)) + "\n")


if __name__ == "__main__":
    main()
