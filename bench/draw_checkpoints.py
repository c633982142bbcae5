"""Small models with drawn settings and weights, with what transformers computes with them: for `verify checkpoint`.

    python bench/draw_checkpoints.py FOLDER [NAME ...] [--count 10]

For each architecture and number writes FOLDER/NAME-NUMBER with the model, io.safetensors and grads.safetensors in single
precision, and FOLDER/float64/NAME-NUMBER with the same values in double precision. Matrices are drawn with a deviation of
0.06; vectors are moved by a deviation of 0.05 from where they start.
"""
import argparse
import os
import random
import shutil
import sys
import types

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

draw = random.Random()
one = lambda *options: draw.choice(options)
coin = lambda: one(True, False)
activation = lambda: one('gelu', 'gelu_new', 'relu', 'silu', 'gelu_pytorch_tanh')
TOKENS, POSITIONS = 64, 128


def heads():
    count = one(2, 4)
    return {
        'num_attention_heads': count,
        'num_key_value_heads': one(*[k for k in (1, 2, 4) if count % k == 0]),
    }


def common(layers=(2,)):
    return {
        'vocab_size': one(64, 96, 101),
        'hidden_size': 32,
        'num_hidden_layers': one(*layers),
        'initializer_range': 0.02,
        'tie_word_embeddings': coin(),
    }


def rope():
    base = one(1e3, 1e4, 5e5)
    return one(
        {'rope_type': 'default', 'rope_theta': base},
        {'rope_type': 'linear', 'rope_theta': base, 'factor': 2.0},
        {'rope_type': 'yarn', 'rope_theta': base, 'factor': 4.0, 'original_max_position_embeddings': 32},
    )


def partial_rope(*shares):
    return {'rope_type': 'default', 'rope_theta': 1e4, 'partial_rotary_factor': one(*shares)}


def llama(**more):
    return {
        **common((2, 3)),
        **heads(),
        'intermediate_size': one(64, 56),
        'max_position_embeddings': POSITIONS,
        'hidden_act': one('silu', 'gelu', 'relu', 'gelu_pytorch_tanh'),
        'rms_norm_eps': one(1e-5, 1e-6),
        'head_dim': one(8, 16),
        'rope_parameters': rope(),
        **more,
    }


def windowed():
    return {'use_sliding_window': coin(), 'sliding_window': one(7, 16), 'max_window_layers': one(0, 1)}


def mamba():
    return {
        **common(),
        'state_size': one(4, 8, 16),
        'expand': one(1, 2),
        'conv_kernel': one(2, 4),
        'use_bias': coin(),
        'use_conv_bias': coin(),
        'time_step_rank': one('auto', 4),
        'hidden_act': one('silu', 'gelu'),
    }


def bert(**more):
    return {
        **common(),
        'num_attention_heads': one(2, 4),
        'intermediate_size': one(64, 48),
        'max_position_embeddings': POSITIONS + 2,
        'hidden_act': activation(),
        'pad_token_id': 0,
        **more,
    }


def layer_types(count, one_kind, other):
    """At least one of each, as transformers asks for."""
    return [one_kind, *(one(one_kind, other) for _ in range(count - 2)), other]


def mamba2():
    width = one(8, 16)
    return {
        **common(),
        'num_heads': 64 // width,
        'head_dim': width,
        'expand': 2,
        'state_size': one(8, 16),
        'n_groups': one(1, 2),
        'conv_kernel': one(2, 4),
        'chunk_size': one(8, 16, 32, 256),
        'use_bias': coin(),
        'use_conv_bias': coin(),
    }


def qwen3_next():
    layers, keys = one(2, 3), one(1, 2)
    return {
        **common((layers,)),
        **heads(),
        'head_dim': one(8, 16),
        'intermediate_size': 64,
        'linear_num_key_heads': keys,
        'linear_num_value_heads': keys * one(1, 2),
        'linear_key_head_dim': one(8, 16),
        'linear_value_head_dim': one(8, 16),
        'linear_conv_kernel_dim': one(2, 4),
        'num_experts': one(2, 4),
        'num_experts_per_tok': one(1, 2),
        'norm_topk_prob': coin(),
        'moe_intermediate_size': one(24, 32),
        'shared_expert_intermediate_size': 32,
        'mlp_only_layers': one([], [0], list(range(layers))),
        'layer_types': layer_types(layers, 'linear_attention', 'full_attention'),
        'attention_bias': coin(),
        'max_position_embeddings': POSITIONS,
        'rope_parameters': partial_rope(0.25, 0.5),
    }


def minimax():
    layers = one(2, 3)
    return {
        **common((layers,)),
        **heads(),
        'intermediate_size': one(64, 48),
        'head_dim': one(8, 16),
        'num_local_experts': one(2, 4),
        'num_experts_per_tok': one(1, 2),
        'block_size': one(8, 16, 256),
        'layer_types': layer_types(layers, 'linear_attention', 'full_attention'),
        'max_position_embeddings': POSITIONS,
        'sliding_window': one(None, 9),
        'full_attn_alpha_factor': one(1, 3.5),
        'full_attn_beta_factor': one(1, 0.5),
        'linear_attn_alpha_factor': one(1, 3.5),
        'mlp_alpha_factor': one(1, 3.5),
    }


def lfm2():
    layers = one(2, 3)
    return {
        **common((layers,)),
        **heads(),
        'intermediate_size': one(64, 96),
        'conv_L_cache': one(2, 3, 4),
        'conv_bias': coin(),
        'block_auto_adjust_ff_dim': coin(),
        'block_multiple_of': one(8, 16),
        'layer_types': layer_types(layers, 'conv', 'full_attention'),
        'max_position_embeddings': POSITIONS,
    }


ARCHITECTURES = {
    'gpt2': ('GPT2', 'LMHeadModel', lambda: {
        'vocab_size': 96, 'n_embd': 32, 'n_layer': 2, 'n_head': one(2, 4), 'n_positions': POSITIONS, 'n_inner': one(None, 48),
        'activation_function': activation(), 'scale_attn_by_inverse_layer_idx': coin(), 'scale_attn_weights': coin(),
        'tie_word_embeddings': coin()}),
    'gpt_neox': ('GPTNeoX', 'ForCausalLM', lambda: {
        **common(), 'num_attention_heads': one(2, 4), 'intermediate_size': one(64, 48), 'hidden_act': activation(),
        'use_parallel_residual': coin(), 'attention_bias': coin(), 'max_position_embeddings': POSITIONS,
        'rope_parameters': partial_rope(0.25, 0.5, 1.0)}),
    'llama': ('Llama', 'ForCausalLM', lambda: llama(attention_bias=coin(), mlp_bias=coin())),
    'mistral': ('Mistral', 'ForCausalLM', lambda: llama(sliding_window=one(None, 5, 16, 31))),
    'mixtral': ('Mixtral', 'ForCausalLM', lambda: llama(
        num_local_experts=one(2, 4), num_experts_per_tok=one(1, 2), sliding_window=one(None, 9))),
    'qwen2': ('Qwen2', 'ForCausalLM', lambda: {k: v for k, v in llama(**windowed()).items() if k != 'head_dim'}),
    'qwen3': ('Qwen3', 'ForCausalLM', lambda: llama(attention_bias=coin(), **windowed())),
    'bloom': ('Bloom', 'ForCausalLM', lambda: {
        'vocab_size': 96, 'hidden_size': one(32, 48), 'n_layer': 2, 'n_head': one(2, 4),
        'apply_residual_connection_post_layernorm': coin(), 'tie_word_embeddings': coin()}),
    'mpt': ('Mpt', 'ForCausalLM', lambda: {
        'vocab_size': 96, 'd_model': 32, 'n_heads': one(2, 4), 'n_layers': 2, 'max_seq_len': POSITIONS,
        'tie_word_embeddings': coin()}),
    'deepseek_v2': ('DeepseekV2', 'ForCausalLM', lambda: {
        **common((2, 3)), 'num_attention_heads': one(2, 4), 'num_key_value_heads': None, 'intermediate_size': 64,
        'moe_intermediate_size': one(24, 32), 'n_routed_experts': one(2, 4), 'num_experts_per_tok': one(1, 2),
        'n_shared_experts': one(1, 2), 'first_k_dense_replace': one(0, 1), 'q_lora_rank': one(None, 16),
        'kv_lora_rank': one(8, 16), 'qk_nope_head_dim': one(8, 16), 'qk_rope_head_dim': 8, 'v_head_dim': one(8, 16),
        'max_position_embeddings': POSITIONS, 'topk_method': 'greedy', 'n_group': 1, 'topk_group': 1,
        'routed_scaling_factor': one(1.0, 2.5), 'attention_bias': coin(), 'hidden_act': one('silu', 'gelu')}),
    'mamba': ('Mamba', 'ForCausalLM', mamba),
    'falcon_mamba': ('FalconMamba', 'ForCausalLM', mamba),
    'mamba2': ('Mamba2', 'ForCausalLM', mamba2),
    'bamba': ('Bamba', 'ForCausalLM', lambda: {
        **common(), **heads(), 'intermediate_size': 64, 'attn_layer_indices': one([1], [0], []),
        'mamba_n_heads': one(4, 8), 'mamba_d_head': 'auto', 'mamba_n_groups': one(1, 2), 'mamba_d_state': one(8, 16),
        'mamba_d_conv': one(2, 4), 'mamba_expand': 2, 'mamba_chunk_size': one(16, 32, 256), 'mamba_conv_bias': coin(),
        'mamba_proj_bias': coin(), 'max_position_embeddings': POSITIONS}),
    'jamba': ('Jamba', 'ForCausalLM', lambda: {
        **common((2, 3, 4)), **heads(), 'intermediate_size': 64, 'num_experts': one(2, 4), 'num_experts_per_tok': one(1, 2),
        'expert_layer_period': 2, 'expert_layer_offset': one(0, 1), 'attn_layer_period': 2, 'attn_layer_offset': one(0, 1),
        'mamba_d_state': one(4, 8), 'mamba_d_conv': one(2, 4), 'mamba_expand': one(1, 2), 'mamba_dt_rank': one('auto', 4),
        'mamba_conv_bias': coin(), 'mamba_proj_bias': coin(), 'use_mamba_kernels': False,
        'hidden_act': one('silu', 'gelu')}),
    'rwkv': ('Rwkv', 'ForCausalLM', lambda: {
        'vocab_size': 96, 'hidden_size': 32, 'num_hidden_layers': 2, 'intermediate_size': one(None, 64),
        'context_length': POSITIONS, 'rescale_every': one(0, 6), 'tie_word_embeddings': coin()}),
    'recurrent_gemma': ('RecurrentGemma', 'ForCausalLM', lambda: {
        **common((2, 3)), **heads(), 'intermediate_size': one(64, 96), 'lru_width': one(None, 32),
        'attention_window_size': one(8, 16, 2048), 'conv1d_width': one(2, 4), 'logits_soft_cap': one(5.0, 30.0),
        'attention_bias': coin(), 'hidden_activation': one('gelu_pytorch_tanh', 'silu'),
        'block_types': ('recurrent', 'attention')}),
    'xlstm': ('xLSTM', 'ForCausalLM', lambda: {
        **common(), 'num_heads': one(2, 4), 'num_blocks': None, 'chunk_size': one(16, 32, 64), 'use_bias': False,
        'gate_soft_cap': one(5.0, 15.0), 'output_logit_soft_cap': one(10.0, 30.0), 'qk_dim_factor': one(0.5, 1.0),
        'return_last_states': False}),
    'qwen3_next': ('Qwen3Next', 'ForCausalLM', qwen3_next),
    'minimax': ('MiniMax', 'ForCausalLM', minimax),
    'lfm2': ('Lfm2', 'ForCausalLM', lfm2),
    'bert': ('Bert', 'ForMaskedLM', bert),
    'roberta': ('Roberta', 'ForMaskedLM', lambda: bert(type_vocab_size=one(1, 2))),
    'albert': ('Albert', 'ForMaskedLM', lambda: bert(
        embedding_size=one(16, 32), num_hidden_groups=one(1, 2), inner_group_num=one(1, 2))),
    'fnet': ('FNet', 'ForMaskedLM', lambda: {k: v for k, v in bert().items() if k != 'num_attention_heads'}),
    'modernbert': ('ModernBert', 'ForMaskedLM', lambda: {
        **common((2, 3)), 'num_attention_heads': one(2, 4), 'intermediate_size': one(64, 48),
        'max_position_embeddings': POSITIONS, 'hidden_activation': one('gelu', 'silu'),
        'global_attn_every_n_layers': one(1, 2, 3), 'local_attention': one(8, 16, 32), 'attention_bias': coin(),
        'mlp_bias': coin(), 'norm_bias': coin(), 'classifier_bias': coin(), 'decoder_bias': coin(),
        'classifier_activation': one('gelu', 'silu'), 'pad_token_id': 0, 'bos_token_id': 1, 'eos_token_id': 2,
        'cls_token_id': 1, 'sep_token_id': 2}),
    'deberta-v2': ('DebertaV2', 'ForMaskedLM', lambda: bert(
        relative_attention=coin(), position_buckets=one(-1, 8, 16), share_att_key=coin(),
        pos_att_type=one(['c2p', 'p2c'], ['c2p'], ['p2c']), max_relative_positions=one(-1, 32),
        norm_rel_ebd=one('none', 'layer_norm'), conv_kernel_size=one(0, 3), position_biased_input=coin(),
        type_vocab_size=one(0, 2))),
    'longformer': ('Longformer', 'ForMaskedLM', lambda: bert(attention_window=one(8, 16, 32))),
    'big_bird': ('BigBird', 'ForMaskedLM', lambda: bert(
        attention_type=one('original_full', 'block_sparse'), block_size=4, num_random_blocks=one(1, 2), use_bias=coin(),
        rescale_embeddings=coin())),
    'nystromformer': ('Nystromformer', 'ForMaskedLM', lambda: bert(
        num_landmarks=one(8, 16), segment_means_seq_len=TOKENS, conv_kernel_size=one(3, 5), inv_coeff_init_option=False)),
    'xlnet': ('XLNet', 'LMHeadModel', lambda: {
        'vocab_size': 96, 'd_model': 32, 'n_layer': 2, 'n_head': one(2, 4), 'd_inner': one(64, 48),
        'ff_activation': one('gelu', 'relu'), 'attn_type': one('bi', 'uni'), 'clamp_len': one(-1, 20),
        'tie_word_embeddings': coin()}),
    't5': ('T5', 'ForConditionalGeneration', lambda: {
        'vocab_size': 96, 'd_model': 32, 'd_kv': one(8, 16), 'd_ff': one(64, 48), 'num_layers': 2,
        'num_decoder_layers': one(None, 1, 3), 'num_heads': one(2, 4), 'relative_attention_num_buckets': one(8, 32),
        'relative_attention_max_distance': one(64, 128), 'feed_forward_proj': one('relu', 'gated-gelu', 'gelu', 'gated-silu'),
        'tie_word_embeddings': coin(), 'decoder_start_token_id': 0, 'pad_token_id': 0}),
    'bart': ('Bart', 'ForConditionalGeneration', lambda: {
        'vocab_size': 96, 'd_model': 32, 'encoder_layers': 2, 'decoder_layers': one(1, 2),
        'encoder_attention_heads': one(2, 4), 'decoder_attention_heads': one(2, 4), 'encoder_ffn_dim': 64,
        'decoder_ffn_dim': one(48, 64), 'max_position_embeddings': POSITIONS, 'activation_function': activation(),
        'scale_embedding': coin(), 'tie_word_embeddings': coin(), 'decoder_start_token_id': 2, 'pad_token_id': 1,
        'bos_token_id': 0, 'eos_token_id': 2}),
}
# Read both ways or with a decoder of its own, each token is predicted where it stands; else the one after.
HERE = {'xlnet', 't5', 'bart'}


def drawn_model(name, number):
    draw.seed(f'{name} {number}')
    torch.manual_seed(number)
    prefix, suffix, settings = ARCHITECTURES[name]
    config = getattr(transformers, f'{prefix}Config')(**settings())
    config._attn_implementation = config._experts_implementation = 'eager'
    for key, value in vars(config).items():
        if 'dropout' in key and isinstance(value, float):
            setattr(config, key, 0.0)
    model = getattr(transformers, prefix + suffix)(config).eval()
    with torch.no_grad():
        for path, values in model.named_parameters():
            if values.dim() == 1 or path.endswith('A_log'):
                values.add_(0.05 * torch.randn_like(values))
            elif name == 'rwkv':  # whose matrices start at zero
                values.add_(0.06 * torch.randn_like(values))
            elif name != 't5':  # whose matrices start at their widths' scale
                values.mul_(3)
    return model


def computed(model, name, ids):
    model.zero_grad()
    # Evaluated, RWKV divides its matrices in place, which has no gradient; it drops nothing in training.
    model.train(name == 'rwkv')
    ahead = 0 if name in HERE or type(model).__name__.endswith('MaskedLM') else 1
    options = {'use_cache': False} if ahead else {}
    logits = model(ids, labels=ids, **options).logits
    rows = logits[:, : TOKENS - ahead]
    loss = cross_entropy(rows.reshape(-1, rows.shape[-1]), ids[:, ahead:].reshape(-1))
    loss.backward()
    gradients = {path: p.grad.clone() for path, p in model.named_parameters() if p.grad is not None}
    return logits.detach(), loss.detach(), gradients


def in_double(model, name, ids):
    """The same in double precision, where the model's code asks for single precision too."""
    module = sys.modules[type(model).__module__]
    doubled = types.ModuleType('torch')
    doubled.__getattr__ = lambda key: torch.float64 if key in ('float32', 'float') else getattr(torch, key)
    to_single = torch.Tensor.float
    torch.Tensor.float = torch.Tensor.double
    module.torch = doubled
    torch.set_default_dtype(torch.float64)
    try:
        return computed(model.double(), name, ids)
    finally:
        torch.set_default_dtype(torch.float32)
        module.torch = torch
        torch.Tensor.float = to_single


def write(folder, ids, logits, loss, gradients):
    os.makedirs(folder, exist_ok=True)
    values = {'input_ids': ids, 'logits': logits.float().contiguous(), 'loss': loss.float().reshape(1)}
    save_file(values, f'{folder}/io.safetensors')
    save_file({path: g.float().contiguous() for path, g in gradients.items()}, f'{folder}/grads.safetensors')


def departures(single, double):
    """Of logits and gradients in single precision, as `verify checkpoint` counts them."""
    (logits, _, gradients), (exact, _, exact_gradients) = single, double
    largest = max(g.abs().max().item() for g in exact_gradients.values())
    departs = lambda x, y, least: (x - y).abs().max().item() / max(y.abs().max().item(), least)
    return departs(logits, exact, 1e-7), max(
        departs(gradients[path], g, largest / 50) for path, g in exact_gradients.items()
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder')
    parser.add_argument('names', nargs='*')
    parser.add_argument('--count', type=int, default=10)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(1)
    for name in options.names or ARCHITECTURES:
        for number in range(1, options.count + 1):
            model = drawn_model(name, number)
            single, double = (f'{options.folder}/{part}{name}-{number}' for part in ('', 'float64/'))
            model.save_pretrained(single)
            # The first tokens mean something to some models.
            ids = torch.randint(3, model.config.vocab_size, (2, TOKENS))
            values = computed(model, name, ids)
            write(single, ids, *values)
            exact = in_double(model, name, ids)
            write(double, ids, *exact)
            print(f'{name}-{number}: logits %.1e, gradients %.1e' % departures(values, exact))
            for file in ('config.json', 'model.safetensors'):
                shutil.copy(f'{single}/{file}', double)


main()
